import { UNLIMITED } from '@sendback/domain/gateway';
import { ManualClock } from '@sendback/domain/runtime/testing';
import { RealGateway, until, upgradeRequest } from './testing/real-gateway';

describe('the limits of an address', () => {
  let g: RealGateway;

  afterEach(() => g.stop());

  const start = async (perAddress: object): Promise<RealGateway> =>
    new RealGateway({
      // Nothing is forgiven, however long a busy machine takes.
      clock: new ManualClock(),
      api: { limits: { all: UNLIMITED, perAddress: { ...UNLIMITED, ...perAddress } } },
    }).start();

  it('refuse with 429 the connection that exceeds them, and take one when another left', async () => {
    g = await start({ connections: 2 });
    const first = await g.connect();
    await g.connect();
    const third = g.raw();
    third.write(upgradeRequest());
    expect(await third.all()).toMatch(/^HTTP\/1\.1 429 .*\{"errNo":429,"errMsg":"[^"]+"\}$/s);
    first.ws.close();
    await until(() => g.cleanups.length === 1);
    await g.connect();
  }, 60_000);

  it('close with 4002 the client that says too much, after what it may say was handed over', async () => {
    g = await start({ messagesPerSecond: 50 });
    const client = await g.connect();
    for (let i = 0; i < 50_000 && !client.closeFrame; i++) client.ws.send(`m${i}`);
    expect(await client.closed()).toEqual({ code: 4002, reason: 'rate exceeded' });
    await until(() => g.cleanups.length === 1);
    expect(g.cleanups[0]?.websocket.closeCode).toBe('4002');
    expect(g.handedOver).toEqual(Array.from({ length: 50 }, (_, i) => `m${i}`));
  }, 60_000);

  it('let a message through that is larger than a second of them, and nothing after it for a while', async () => {
    g = await start({ bytesPerSecond: 1_000 });
    const client = await g.connect();
    client.ws.send('x'.repeat(5_000));
    await until(() => g.handedOver.length === 1);
    client.ws.send('y');
    expect((await client.closed()).code).toBe(4002);
  }, 60_000);
});
