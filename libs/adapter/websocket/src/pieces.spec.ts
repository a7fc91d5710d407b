import { clientFrame, RealGateway, until } from './testing/real-gateway';

jest.setTimeout(120_000);

describe('a message that comes byte by byte', () => {
  let g: RealGateway;

  beforeEach(async () => {
    g = await new RealGateway({ listener: { maxMessageBytes: 4_000 } }).start();
  });
  afterEach(() => g.stop());

  /** Each byte is read by itself. */
  const drip = async (bytes: Buffer): Promise<void> => {
    const client = await g.rawUpgraded();
    client.socket.setNoDelay(true);
    for (const byte of bytes) {
      if (client.socket.destroyed) return;
      client.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  it('is taken', async () => {
    await drip(clientFrame(1, 'x'.repeat(500)));
    await until(() => g.transfers.length === 1);
    expect(g.handedOver).toEqual(['x'.repeat(500)]);
  });

  it('closes the connection when keeping so many pieces costs more than the message', async () => {
    await drip(clientFrame(1, 'x'.repeat(3_900)));
    await until(() => g.cleanups.length === 1);
    expect(g.cleanups[0]?.websocket.closeCode).toBe('1008');
    expect(g.transfers).toEqual([]);
  });
});
