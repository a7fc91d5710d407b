import { type Connected, GatewayHarness } from './testing/gateway-harness';

const HOUR = 3_600_000;

describe('a cleanup function that is away', () => {
  let g: GatewayHarness;
  let away: boolean;
  /** Connections that the function was told of, and how often. */
  let told: Map<string, number>;

  beforeEach(async () => {
    g = await new GatewayHarness().started();
    away = true;
    told = new Map();
    g.onCleanup = ({ websocket: { secConnectionID: id } }) => {
      if (away) throw new Error('away');
      told.set(id, (told.get(id) ?? 0) + 1);
    };
  });

  async function ended(count: number): Promise<Connected[]> {
    const clients: Connected[] = [];
    for (let i = 0; i < count; i++) clients.push(await g.connect());
    for (const { socket } of clients) socket.vanishes();
    await g.settle();
    return clients;
  }

  it('for an hour with 50,000 endings is asked once a second, then told of every one, once', async () => {
    const clients = await ended(50_000);
    await g.clock.advance(1_000);
    const before = g.cleanups.length;
    await g.clock.advance(HOUR);
    const asked = g.cleanups.length - before;
    process.stdout.write(
      `cleanup away for an hour, 50,000 endings: ${before} calls, then ${asked} in the hour\n`,
    );
    expect(asked).toBeLessThanOrEqual(3_600);
    expect(g.live.cleanups.pending).toBe(50_000);
    away = false;
    await g.clock.advance(40_000);
    for (let i = 0; i < 400; i++) await g.settle();
    expect(told.size).toBe(50_000);
    expect(clients.every(({ id }) => told.get(id) === 1)).toBe(true);
    expect(g.live.cleanups.pending).toBe(0);
    expect(await g.leftInLedger()).toEqual([]);
  }, 120_000);

  it('is told of everything some at a time, as soon as it is back', async () => {
    await ended(1_000);
    let running = 0;
    let most = 0;
    g.onCleanup = async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => void g.clock.after(1, resolve));
      running--;
    };
    await g.clock.advance(31_000);
    expect(g.live.cleanups.pending).toBe(0);
    expect(most).toBe(64);
  });

  it('is said to be away, and back, once', async () => {
    await ended(500);
    await g.clock.advance(60_000);
    away = false;
    await g.clock.advance(60_000);
    const messages = g.log.entries
      .map(({ message }) => message)
      .filter((message) => /away|back/.test(message));
    expect(messages).toEqual(['the cleanup function is away', 'the cleanup function is back']);
    expect(g.log.entries.length).toBeLessThan(100);
  });

  it('counts against the connections there may be, so that what is owed is bounded', async () => {
    g = await new GatewayHarness({ limits: { maxConnections: 100 } }).started();
    g.onCleanup = () => {
      throw new Error('away');
    };
    await ended(100);
    expect(await g.admit()).toEqual({ outcome: 'full' });
    g.onCleanup = () => null;
    await g.clock.advance(31_000);
    expect(await g.admit()).toMatchObject({ outcome: 'admitted' });
  });

  it('does not keep others waiting when it fails for some connections only', async () => {
    const clients = await ended(0);
    for (let i = 0; i < 300; i++) clients.push(await g.connect());
    const poison = new Set(clients.filter((_, i) => i % 2 === 0).map(({ id }) => id));
    g.onCleanup = ({ websocket: { secConnectionID: id } }) => {
      if (poison.has(id)) throw new Error('no');
      told.set(id, 1);
    };
    for (const { socket } of clients) socket.vanishes();
    await g.clock.advance(100);
    expect(told.size).toBe(150);
    expect(g.live.cleanups.pending).toBe(150);
  });
});
