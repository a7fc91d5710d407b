import { QueueUnavailable } from '@sendback/domain/messaging';
import { Metrics } from './metrics';
import { MonitoringListener } from './monitoring-listener';
import { type Checks, NotReady } from './readiness';
import { parse } from './testing/scrape';

describe('a process that is monitored', () => {
  let listener: MonitoringListener | null = null;
  let address: string;

  const start = async (ready: Checks, metrics = new Metrics('test')): Promise<void> => {
    listener = new MonitoringListener({ host: '127.0.0.1', port: 0, metrics, ready });
    const { port } = await listener.start();
    address = `http://127.0.0.1:${port}`;
  };
  afterEach(() => listener?.close());

  const get = async (path: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(address + path);
    return { status: response.status, body: await response.json() };
  };

  it('shows its metrics', async () => {
    await start({});
    const response = await fetch(`${address}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(parse(await response.text()).get('process_start_time_seconds{}')).toBeGreaterThan(0);
  });

  it('shows them though a figure cannot be had', async () => {
    const metrics = new Metrics('test');
    metrics.gauge({ name: 'sendback_x', help: 'x', labelNames: [] }, () => Promise.reject(new Error('down')));
    await start({}, metrics);
    expect((await fetch(`${address}/metrics`)).status).toBe(200);
  });

  it('lives, whatever is away', async () => {
    await start({ queue: () => Promise.reject(new QueueUnavailable('away')) });
    expect(await get('/healthz')).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('is ready when all that it needs answers', async () => {
    await start({ database: async () => null, queue: async () => 3 });
    expect(await get('/readyz')).toEqual({
      status: 200,
      body: { status: 'ok', checks: { database: 'ok', queue: 'ok' } },
    });
  });

  it('is not ready else, and says why without a secret', async () => {
    const secret = 'mysql://ann:secret@db';
    await start({
      database: async () => null,
      queue: () => Promise.reject(new QueueUnavailable(`${secret} is away`)),
      draining: () => Promise.reject(new NotReady('draining')),
      broken: () => Promise.reject(new Error(secret)),
      throwing: () => {
        throw new Error(secret);
      },
    });
    for (let again = 0; again < 2; again++) {
      expect(await get('/readyz')).toEqual({
        status: 503,
        body: {
          status: 'unavailable',
          checks: {
            database: 'ok',
            queue: 'queue unavailable',
            draining: 'draining',
            broken: 'failed',
            throwing: 'failed',
          },
        },
      });
    }
  });

  it('is not ready when what it needs does not answer, which is not asked again meanwhile', async () => {
    let asked = 0;
    const silent = (): Promise<never> => {
      asked++;
      return new Promise(() => undefined);
    };
    await start({ database: silent, queue: async () => 3 });
    const answer = { status: 'unavailable', checks: { database: 'no answer within 2000 ms', queue: 'ok' } };
    const answers = await Promise.all([get('/readyz'), get('/readyz')]);
    expect(answers).toEqual(Array(2).fill({ status: 503, body: answer }));
    expect(asked).toBe(1);
  });

  it('is ready again when it answers again', async () => {
    let works = false;
    await start({ queue: () => (works ? Promise.resolve() : Promise.reject(new QueueUnavailable('away'))) });
    expect((await get('/readyz')).status).toBe(503);
    works = true;
    expect((await get('/readyz')).status).toBe(200);
  });

  it('has nothing else to say', async () => {
    await start({});
    expect((await get('/')).status).toBe(404);
    expect((await fetch(`${address}/metrics`, { method: 'POST', body: 'x' })).status).toBe(404);
  });

  it('stops at once, though a connection is open', async () => {
    await start({});
    await get('/healthz');
    await listener?.close();
    await expect(get('/healthz')).rejects.toThrow();
  });

  it('says when its port is taken', async () => {
    await start({});
    const port = Number(new URL(address).port);
    const second = new MonitoringListener({
      host: '127.0.0.1',
      port,
      metrics: new Metrics('test'),
      ready: {},
    });
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await second.close();
  });
});
