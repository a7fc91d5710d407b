import type { TransferEvent } from '@sendback/domain/gateway';
import { ManualClock } from '@sendback/domain/runtime/testing';
import { type Client, RealGateway, until } from './testing/real-gateway';

const CONNECTIONS = 200;
const MESSAGES = 50;
const words = Array.from({ length: MESSAGES }, (_, i) => `m${i}`);

const randomWait = (): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, Math.floor(Math.random() * 21)));

const echo = ({ websocket }: TransferEvent): object => ({ websocket: { ...websocket } });

describe('order', () => {
  let g: RealGateway;
  let clients: Client[];

  async function start(clock?: ManualClock): Promise<void> {
    g = await new RealGateway({ api: { integrationResponse: true }, ...(clock && { clock }) }).start();
    clients = [];
    for (let i = 0; i < CONNECTIONS; i++) clients.push(await g.connect());
  }

  afterEach(() => g.stop());

  it('of 50 messages on each of 200 connections is kept, with functions that take a random 0 to 20 ms', async () => {
    await start();
    const running = new Map<string, number>();
    let most = 0;
    let mostOfOne = 0;
    let all = 0;
    g.onTransfer = async (event) => {
      const { secConnectionID: id } = event.websocket;
      const ofThis = (running.get(id) ?? 0) + 1;
      running.set(id, ofThis);
      mostOfOne = Math.max(mostOfOne, ofThis);
      most = Math.max(most, ++all);
      await randomWait();
      running.set(id, ofThis - 1);
      all--;
      return echo(event);
    };
    const begin = performance.now();
    for (const word of words) for (const { ws } of clients) ws.send(word);
    await until(() => clients.every(({ received }) => received.length === MESSAGES));
    const ms = Math.round(performance.now() - begin);
    process.stdout.write(
      `order: ${CONNECTIONS * MESSAGES} messages on ${CONNECTIONS} connections in ${ms} ms; ` +
        `under way at a time: ${most}, of one connection: ${mostOfOne}\n`,
    );
    for (const { id, received } of clients) {
      const handedOver = g.transfers.filter(({ websocket }) => websocket.secConnectionID === id);
      expect(handedOver.map(({ websocket }) => websocket.data)).toEqual(words);
      expect(received).toEqual(words);
    }
    expect(mostOfOne).toBe(1);
    expect(most).toBeGreaterThan(10);
  }, 120_000);

  it('costs no other connection anything: 199 are served while the function of one does not answer', async () => {
    // Its time does not run out, however long the others take.
    await start(new ManualClock());
    const [slow, ...others] = clients;
    if (!slow) throw new Error('nobody is connected');
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    g.onTransfer = async (event) => {
      await (event.websocket.secConnectionID === slow.id ? held : randomWait());
      return echo(event);
    };
    for (const word of words.slice(0, 10)) for (const { ws } of clients) ws.send(word);
    await until(() => others.every(({ received }) => received.length === 10));
    process.stdout.write(
      `order: ${others.length * 10} messages answered, ${slow.received.length} of the slow one\n`,
    );
    expect(slow.received).toEqual([]);
    release();
    await until(() => slow.received.length === 10);
    expect(clients.map(({ received }) => received)).toEqual(clients.map(() => words.slice(0, 10)));
  }, 120_000);
});
