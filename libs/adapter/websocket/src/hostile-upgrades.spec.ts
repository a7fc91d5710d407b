import { exchange } from './testing/exchange';
import { type HostileRequest, hostileUpgrades } from './testing/hostile-upgrades';
import { RealGateway, type RealGatewayOptions, until } from './testing/real-gateway';

jest.setTimeout(300_000);

const SEED = 20_261_122;
const COUNT = 2_000;
const AT_ONCE = 50;

const connections = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length;

async function surprises(port: number, requests: Iterator<HostileRequest>): Promise<string[]> {
  const found: string[] = [];
  for (let next = requests.next(); !next.done; next = requests.next()) {
    const { name, bytes, statuses, ends } = next.value;
    const answers = await exchange(port, bytes, ends).catch((error: unknown) => [String(error)]);
    const given = answers.length === 0 ? [0] : answers;
    if (given.some((status) => !statuses.some((expected) => expected === status))) {
      found.push(`${name}: ${given.join()} instead of ${statuses.join()}`);
    }
  }
  return found;
}

describe(`${COUNT} hostile upgrade requests`, () => {
  let g: RealGateway;

  afterEach(() => g.stop());

  it.each<[string, RealGatewayOptions]>([
    ['', {}],
    [
      ' by a gateway behind a proxy, with compression',
      { listener: { trustProxy: ['loopback'], compression: true } },
    ],
  ])('are each answered as documented or cut, and nothing stays behind%s', async (_, options) => {
    g = await new RealGateway(options).start();
    await exchange(g.port, Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'), false);
    const before = connections();
    const requests = hostileUpgrades(SEED, COUNT);
    const found = await Promise.all(Array.from({ length: AT_ONCE }, () => surprises(g.port, requests)));
    expect(found.flat()).toEqual([]);
    await until(() => g.cleanups.length === g.registrations.length);
    await until(() => connections() <= before);
    expect(g.gateway.apis[0]?.sessions.size).toBe(0);
    expect(g.log.entries.filter(({ level }) => level === 'error')).toEqual([]);
    expect((await g.connect()).ws.readyState).toBe(1);
  });
});
