import { type Client, RealGateway, until } from './testing/real-gateway';

const CLIENTS = 1_000;
const WINDOW_MS = 2_000;

describe('a gateway that stops', () => {
  let g: RealGateway;

  beforeEach(async () => (g = await new RealGateway().start()));
  afterEach(() => g.stop());

  it('tells 1,000 clients to come back over the window, and calls cleanup for all', async () => {
    const clients: Client[] = [];
    for (let i = 0; i < CLIENTS; i++) clients.push(await g.connect());
    const begin = Date.now();
    const at: number[] = [];
    for (const { ws } of clients) ws.on('close', () => at.push(Date.now() - begin));
    await g.gateway.drain({ windowMs: WINDOW_MS, graceMs: 60_000 });
    await until(() => at.length === CLIENTS);
    const quarters = [0, 1, 2, 3].map(
      (n) => at.filter((ms) => Math.min(3, Math.floor((ms * 4) / WINDOW_MS)) === n).length,
    );
    process.stdout.write(
      `drain: ${CLIENTS} clients over ${WINDOW_MS} ms, by quarters: ${quarters.join(', ')}\n`,
    );
    expect(new Set(clients.map(({ closeFrame }) => closeFrame?.code))).toEqual(new Set([1001]));
    expect(new Set(g.cleanups.map(({ websocket }) => websocket.secConnectionID)).size).toBe(CLIENTS);
    expect(g.cleanups).toHaveLength(CLIENTS);
    // A busy machine makes it late, never early.
    expect(at.filter((ms) => ms < WINDOW_MS / 2).length).toBeLessThanOrEqual(CLIENTS / 2);
    expect(Math.max(...at)).toBeGreaterThanOrEqual(WINDOW_MS * 0.95);
  }, 120_000);
});
