import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import type { PushReport } from '@sendback/domain/messaging';
import { HttpPusher } from './http-pusher';
import type { PushCredentials } from './push-client';
import { certificate } from './testing/certificate';
import { RealClock } from './testing/real-clock';

const OK = '{"errNo":0,"errMsg":"ok"}';
const TOKEN = '0123456789abcdef0123456789abcdef';
const DELIVERED: PushReport = { gone: [], slow: [], failed: [] };
const server = certificate('server');
const client = certificate('client');

interface Seen {
  readonly authorization: string | undefined;
  readonly socket: Socket;
}

describe('HttpPusher over TLS', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** A push address whose clients need a certificate; `cut` breaks a connection instead of answering. */
  async function start(
    cut = (_seen: readonly Seen[]): boolean => false,
  ): Promise<{ origin: string; seen: Seen[] }> {
    const seen: Seen[] = [];
    const options = { ...server, ca: client.cert, requestCert: true, rejectUnauthorized: true };
    const listening = createServer(options, (request, response) => {
      seen.push({ authorization: request.headers.authorization, socket: request.socket });
      void text(request).then(() => {
        if (cut(seen)) request.socket.destroy();
        else response.end(OK);
      });
    });
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      listening.closeAllConnections();
      return new Promise((resolve) => listening.close(resolve));
    });
    return { origin: `https://127.0.0.1:${(listening.address() as AddressInfo).port}`, seen };
  }

  function pusherTo(origin: string, credentials: PushCredentials): HttpPusher {
    const shared = { log: new MemoryLog(), clock: new RealClock(), deadlineMs: 60_000 };
    const pusher = new HttpPusher({ defaultAddress: `${origin}/api-0123`, credentials, ...shared });
    closing.push(() => pusher.close());
    return pusher;
  }

  const push = (pusher: HttpPusher): Promise<PushReport> =>
    pusher.push({ pushAddress: null, connectionIds: ['a'] }, [
      { messageId: 'm', payload: { dataType: 'text', data: 'hello' } },
    ]);

  it('shows certificate and token, on connections that it keeps', async () => {
    const { origin, seen } = await start();
    const pusher = pusherTo(origin, { token: TOKEN, tls: { ca: server.cert, ...client } });
    expect([await push(pusher), await push(pusher)]).toEqual([DELIVERED, DELIVERED]);
    expect(seen.map(({ authorization }) => authorization)).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`]);
    expect(seen[0]?.socket).toBe(seen[1]?.socket);
  });

  it('asks what an address can do with the same', async () => {
    const { origin, seen } = await start();
    const pusher = pusherTo(origin, { token: TOKEN, tls: { ca: server.cert, ...client } });
    const report = await pusher.disconnect({ pushAddress: null, connectionIds: ['a', 'b'] });
    expect([report, seen.length]).toEqual([DELIVERED, 3]);
    expect(new Set(seen.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${TOKEN}`]));
  });

  it('sends again, with all of it, what was lost on a connection that had been kept', async () => {
    const { origin, seen } = await start((all) => all.length === 2);
    const pusher = pusherTo(origin, { token: TOKEN, tls: { ca: server.cert, ...client } });
    expect([await push(pusher), await push(pusher)]).toEqual([DELIVERED, DELIVERED]);
    expect(seen).toHaveLength(3);
    expect(seen[2]?.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it.each([
    ['a CA that is not known', { ...client }],
    ['another CA', { ca: client.cert, ...client }],
    ['no certificate of its own', { ca: server.cert }],
    ['a certificate that nobody knows', { ca: server.cert, ...server }],
  ])('reports as failed, to be tried again, what it cannot push with %s', async (_, tls) => {
    const { origin, seen } = await start();
    const { failed } = await push(pusherTo(origin, { tls }));
    expect(failed).toEqual([{ connectionIds: ['a'], reason: expect.any(String) as string, retryable: true }]);
    expect(failed[0]?.reason).toMatch(/\(127\.0\.0\.1:\d+\/api-0123…\)$/);
    expect(seen).toEqual([]);
  });

  it('is not made of a certificate and the key to another', () => {
    const make = (): unknown =>
      pusherTo('https://127.0.0.1:1', { tls: { cert: client.cert, key: server.key } });
    expect(make).toThrow('key values mismatch');
  });
});
