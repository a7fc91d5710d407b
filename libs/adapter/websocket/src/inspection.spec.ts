import { firstIds } from './first-ids';
import { type Client, RealGateway, until } from './testing/real-gateway';

jest.setTimeout(120_000);

interface Shown {
  readonly connectionId: string;
  readonly idleMs: number;
  readonly openedAt: string;
}

/** Whatever was asked for. */
interface Answer extends Shown {
  readonly node: string;
  readonly errMsg: string;
  readonly count: number;
  readonly connections: readonly Shown[];
  readonly next: string | null;
}

describe('inspection', () => {
  let g: RealGateway;
  let clients: Client[];

  beforeEach(async () => {
    g = await new RealGateway().start();
    clients = [await g.connect(), await g.connect(), await g.connect()];
  });
  afterEach(() => g.stop());

  async function get(path: string, api = g.api.id): Promise<{ status: number; body: Answer }> {
    const response = await fetch(`http://127.0.0.1:${g.pushPort}/${api}/connections${path}`);
    return { status: response.status, body: (await response.json()) as Answer };
  }

  const idsOf = ({ connections }: Answer): string[] => connections.map(({ connectionId }) => connectionId);
  const ids = (): string[] => clients.map(({ id }) => id).sort();

  it('lists the connections of this node in pages, in the order of their ids', async () => {
    const { body: all } = await get('');
    expect(all).toMatchObject({ count: 3, next: null, node: 'node' });
    expect(idsOf(all)).toEqual(ids());

    const { body: two } = await get('?limit=2');
    expect([idsOf(two), two.count]).toEqual([ids().slice(0, 2), 3]);
    expect(two.next).toBe(ids()[1]);
    const { body: rest } = await get(`?limit=2&after=${two.next}`);
    expect([idsOf(rest), rest.next]).toEqual([ids().slice(2), null]);
    expect((await get('?limit=3')).body.next).toBeNull();
  });

  it('goes on behind a connection that is gone', async () => {
    const [first = '', ...others] = ids();
    clients.find(({ id }) => id === first)?.ws.close();
    await until(() => g.cleanups.length === 1);
    expect(idsOf((await get(`?after=${first}`)).body)).toEqual(others);
  });

  it('tells of one connection since when it is there, and what went through it', async () => {
    const [ann] = clients as [Client];
    const before = Date.now();
    ann.ws.send('hello');
    await until(() => g.handedOver.length === 1);
    for (const data of ['one', 'four'])
      await g.push({ action: 'data send', secConnectionID: ann.id, dataType: 'text', data });
    await until(() => ann.received.length === 2);
    const { status, body } = await get(`/${ann.id}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      node: 'node',
      connectionId: ann.id,
      sourceIp: '127.0.0.1',
      state: 'open',
      openedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      idleMs: expect.any(Number) as number,
      received: { messages: 1, bytes: 5 },
      // On the socket: with the head of each frame.
      sent: { messages: 2, bytes: 7 + 2 * 2 },
      waiting: 0,
      buffered: 0,
    });
    expect(Date.parse(body.openedAt)).toBeLessThanOrEqual(before);
    expect(body.idleMs).toBeLessThan(60_000);
    expect((await get('')).body.connections).toContainEqual({
      ...body,
      node: undefined,
      idleMs: expect.any(Number) as number,
    });
  });

  it('answers 404 for a connection that is gone, or never was', async () => {
    const [ann] = clients as [Client];
    ann.ws.close();
    await until(() => g.cleanups.length === 1);
    for (const id of [ann.id, 'nobody', '%00', '__proto__'])
      expect(await get(`/${id}`)).toEqual({ status: 404, body: { errNo: 201, errMsg: 'connection gone' } });
  });

  it.each(['0', '1001', '-1', '1e2', '', 'all', '1&limit=2'])('refuses a limit of %p', async (limit) => {
    const errMsg = 'limit must be a number from 1 to 1000';
    expect(await get(`?limit=${limit}`)).toEqual({ status: 400, body: { errNo: 400, errMsg } });
  });

  it('refuses what it does not know', async () => {
    expect((await get('?page=2')).body.errMsg).toContain('limit and after');
    expect((await get(`?after=${'x'.repeat(51)}`)).status).toBe(400);
    expect((await get('?after=a&after=b')).status).toBe(400);
  });

  it('is for those who know the secret of the API', async () => {
    for (const path of ['', `/${clients[0]?.id}`]) {
      const refused = { status: 404, body: { errNo: 203, errMsg: 'not permitted' } };
      expect(await get(path, 'api-00000000000000000000000000000000')).toEqual(refused);
    }
  });
});

it('a page of 50,000 connections is the same as if all of them were sorted', () => {
  let seed = 1;
  const random = (): string => (seed = (seed * 48_271) % 2_147_483_647).toString(16).padStart(8, '0');
  const all = Array.from({ length: 50_000 }, random);
  const sorted = [...all].sort();
  const walked: string[] = [];
  for (let after = ''; walked.length < all.length; after = walked.at(-1) ?? '')
    walked.push(...firstIds(all, after, 1_000));
  expect(walked).toEqual(sorted);
  expect(firstIds([...sorted].reverse(), '', 10)).toEqual(sorted.slice(0, 10));
  expect(firstIds(all, sorted.at(-1) ?? '', 10)).toEqual([]);
});
