import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { PushMessage, PushReport } from '@sendback/domain/messaging';
import { ManualClock, MemoryLog } from '@sendback/domain/runtime/testing';
import type { Clock } from '@sendback/domain/runtime';
import { HttpPusher, type HttpPusherOptions } from './http-pusher';
import { type Asked, refusingOrigin, startServer } from './testing/http-server';
import { API_PATH, PushGateway } from './testing/push-gateway';
import { RealClock } from './testing/real-clock';

const DELIVERED = { gone: [], slow: [], failed: [] };
const OK = '{"errNo":0,"errMsg":"ok"}';
const CAN_BATCH = '{"batch":true,"maxConnections":10,"maxMessages":10,"maxBytes":1048576}';

const messages = (count: number): PushMessage[] =>
  Array.from({ length: count }, (_, n) => ({
    messageId: `m-${n}`,
    payload: { dataType: 'text', data: `data ${n}` },
  }));
const ids = (count: number): string[] => Array.from({ length: count }, (_, n) => `client-${n}`);

const failedIds = ({ failed }: PushReport): string[] => failed.flatMap(({ connectionIds }) => connectionIds);

describe('HttpPusher', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const log = new MemoryLog();
  const pusherTo = (
    origin: string,
    options: Partial<HttpPusherOptions> = {},
    clock: Clock = new RealClock(),
  ): HttpPusher => {
    const pusher = new HttpPusher({ defaultAddress: `${origin}${API_PATH}`, log, clock, ...options });
    closing.push(() => pusher.close());
    return pusher;
  };
  const push = (pusher: HttpPusher, connectionIds: readonly string[], count = 1): Promise<PushReport> =>
    pusher.push({ pushAddress: null, connectionIds }, messages(count));

  const serving = async (...[answer]: Parameters<typeof startServer>): Promise<string> => {
    const { origin, close } = await startServer(answer);
    closing.push(close);
    return origin;
  };
  /** Answers the question with `capability`, and pushes with what `answer` gives, or not at all. */
  const answering = (
    capability: string,
    answer: (asked: Asked) => { status?: number; body?: string } | null,
  ): Promise<string> =>
    serving((asked, response) => {
      const given = asked.method === 'GET' ? { body: capability } : answer(asked);
      if (given) response.writeHead(given.status ?? 200).end(given.body ?? OK);
    });
  /** A server of bytes: `talk` is called for every request that arrives. */
  const talking = async (talk: (socket: Socket, request: string) => void): Promise<string> => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      socket.on('data', (piece) => /^(GET|POST)/.test(piece.toString()) && talk(socket, piece.toString()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const http = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  describe('asks an address what it can do', () => {
    const counting = async (
      status: () => number,
      body = CAN_BATCH,
    ): Promise<{ origin: string; asked: Asked[] }> => {
      const asked: Asked[] = [];
      const origin = await serving((one, response) => {
        asked.push(one);
        if (one.method === 'GET') response.writeHead(status()).end(body);
        else response.end('{"errNo":0,"errMsg":"ok","gone":[],"slow":[]}');
      });
      return { origin, asked };
    };
    const questions = (asked: readonly Asked[]): number =>
      asked.filter(({ method }) => method === 'GET').length;

    it('once for all pushes that begin together, and for a minute', async () => {
      const clock = new ManualClock();
      const { origin, asked } = await counting(() => 200);
      const pusher = pusherTo(origin, {}, clock);
      await Promise.all(Array.from({ length: 20 }, () => push(pusher, ids(2))));
      await clock.advance(59_000);
      await push(pusher, ids(2));
      expect(questions(asked)).toBe(1);
      await clock.advance(2_000);
      await push(pusher, ids(2));
      expect(questions(asked)).toBe(2);
    });

    it('once also where it cannot batch', async () => {
      const { origin, asked } = await counting(() => 404, '<html>');
      const pusher = pusherTo(origin);
      for (let n = 0; n < 3; n++) expect(await push(pusher, ids(2))).toEqual(DELIVERED);
      expect(questions(asked)).toBe(1);
      expect(asked).toHaveLength(7);
    });

    it.each([429, 500, 503])('again after HTTP %i, and pushes singly until then', async (status) => {
      let now = status;
      const { origin, asked } = await counting(() => now);
      const pusher = pusherTo(origin);
      expect(await push(pusher, ids(2))).toEqual(DELIVERED);
      expect(asked).toHaveLength(3);
      now = 200;
      expect(await push(pusher, ids(2))).toEqual(DELIVERED);
      expect(asked.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST', 'GET', 'POST']);
    });

    it('not at all to give one message to one client', async () => {
      const { origin, asked } = await counting(() => 200);
      expect(await push(pusherTo(origin), ids(1))).toEqual(DELIVERED);
      expect(asked.map(({ method, path }) => [method, path])).toEqual([['POST', API_PATH]]);
      expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
        websocket: {
          action: 'data send',
          secConnectionID: 'client-0',
          dataType: 'text',
          data: 'data 0',
          messageId: 'm-0',
        },
      });
    });

    it('and tells the log, when it is new', async () => {
      const clock = new ManualClock();
      const { origin } = await counting(() => 200);
      const pusher = pusherTo(origin, {}, clock);
      log.entries.length = 0;
      for (let n = 0; n < 3; n++) {
        await push(pusher, ids(2));
        await clock.advance(61_000);
      }
      expect(log.entries).toHaveLength(1);
      expect(log.entries[0]?.fields).toMatchObject({ batch: true, maxConnections: 10 });
      expect(JSON.stringify(log.entries)).not.toContain(API_PATH);
    });

    it.each([
      '',
      'null',
      'true',
      '[]',
      '"batch"',
      '{"batch":"true"}',
      '{"batch":1}',
      '{"batch":false}',
      '{"batch":true',
      '<html>',
    ])('and pushes singly where the answer is %s', async (body) => {
      const { origin, asked } = await counting(() => 200, body);
      expect(await push(pusherTo(origin), ids(3))).toEqual(DELIVERED);
      expect(asked.slice(1).every((one) => one.body.includes('"secConnectionID":'))).toBe(true);
      expect(asked).toHaveLength(4);
    });

    it.each([
      ['{"batch":true}', 1],
      ['{"batch":true,"maxConnections":1e99,"maxMessages":1e99,"maxBytes":1e99}', 1],
      ['{"batch":true,"maxConnections":"9","maxMessages":null,"maxBytes":{}}', 1],
      ['{"batch":true,"maxConnections":-1,"maxMessages":0,"maxBytes":-1}', 9],
      ['{"batch":true,"maxConnections":1.9,"maxMessages":1.9,"maxBytes":0.5}', 9],
    ])('and makes sense of %s', async (body, requests) => {
      const { origin, asked } = await counting(() => 200, body);
      expect(await push(pusherTo(origin), ids(3), 3)).toEqual(DELIVERED);
      expect(asked).toHaveLength(1 + requests);
    });
  });

  describe('in batches', () => {
    const started = async (limits: ConstructorParameters<typeof Object>[0]): Promise<PushGateway> => {
      const gateway = await PushGateway.start({
        maxConnections: 10_000,
        maxMessages: 256,
        maxBytes: 1024 * 1024,
        except: true,
        ...(limits as object),
      });
      closing.push(() => gateway.close());
      return gateway;
    };
    const pusherOf = (gateway: PushGateway): HttpPusher => pusherTo(new URL(gateway.address).origin);

    it('sends as few requests as the limits allow', async () => {
      const gateway = await started({ maxConnections: 100, maxMessages: 4 });
      await push(pusherOf(gateway), gateway.connect(250), 10);
      expect(
        gateway.requests.map(({ connectionIds, messages: all }) => [connectionIds.length, all.length]),
      ).toEqual(
        expect.arrayContaining([
          [100, 4],
          [100, 2],
          [50, 4],
          [50, 2],
        ]),
      );
      expect(gateway.requests).toHaveLength(9);
    });

    it.each([
      ['one request, where messages may except somebody', true, [[5, 3]]],
      [
        'a request for each who is excepted, and one for the others, where not',
        false,
        [
          [3, 3],
          [1, 1],
          [1, 2],
        ],
      ],
    ])('gives senders what others sent with %s', async (_, except, requests) => {
      const gateway = await started({ except });
      const clients = gateway.connect(5);
      const senders = [0, 1, 0].map((n) => clients[n]!);
      const all = messages(3).map((one, n) => ({ ...one, except: senders[n]! }));
      expect(
        await pusherOf(gateway).push({ pushAddress: gateway.address, connectionIds: clients }, all),
      ).toEqual(DELIVERED);
      expect(
        gateway.requests.map(({ connectionIds, messages: some }) => [connectionIds.length, some.length]),
      ).toEqual(requests);
    });

    it('fills a body, and never more than that', async () => {
      const gateway = await started({ maxBytes: 64 * 1024 });
      const clients = gateway.connect(1_000);
      const all = Array.from({ length: 60 }, (_, n) => ({
        messageId: `m-${n}`,
        payload: { dataType: 'text', data: `${n} `.repeat(1 + (n % 7) * 600) } as const,
      }));
      const report = await pusherOf(gateway).push({ pushAddress: null, connectionIds: clients }, all);
      expect(report).toEqual(DELIVERED);
      const bytes = gateway.requests.map((request) => request.bytes);
      expect(Math.max(...bytes)).toBeLessThanOrEqual(64 * 1024);
      expect(Math.max(...bytes)).toBeGreaterThan(56 * 1024);
      for (const id of clients) expect(gateway.received(id)).toEqual(all.map(({ payload }) => payload));
    });

    it('makes room for a message that leaves little of it', async () => {
      const gateway = await started({ maxBytes: 64 * 1024 });
      const clients = gateway.connect(100);
      const all = [{ messageId: 'm', payload: { dataType: 'text', data: 'x'.repeat(63 * 1024) } as const }];
      expect(await pusherOf(gateway).push({ pushAddress: null, connectionIds: clients }, all)).toEqual(
        DELIVERED,
      );
      expect(clients.every((id) => gateway.received(id).length === 1)).toBe(true);
    });

    it('reports a message that no body can hold, and is not to be asked again for it', async () => {
      const gateway = await started({ maxBytes: 64 * 1024 });
      const clients = gateway.connect(2);
      const all = [{ messageId: 'm', payload: { dataType: 'text', data: 'x'.repeat(80 * 1024) } as const }];
      const { failed } = await pusherOf(gateway).push({ pushAddress: null, connectionIds: clients }, all);
      expect(failed).toMatchObject([{ retryable: false, reason: expect.stringContaining('413') as string }]);
      expect(failed.flatMap(({ connectionIds }) => connectionIds).sort()).toEqual(clients.sort());
    });

    it('keeps a request to what a gateway does in about a second', async () => {
      const gateway = await started({});
      await push(pusherOf(gateway), gateway.ids(2_000), 200);
      for (const { connectionIds, messages: all } of gateway.requests) {
        expect(connectionIds.length * all.length).toBeLessThanOrEqual(100_000);
      }
      expect(gateway.requests).toHaveLength(4);
    });

    it('carries the trace context of each message, and of the first as a header', async () => {
      const seen: unknown[] = [];
      const traced = messages(2).map((message, n) => ({
        ...message,
        traceparent: `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b${n}-01`,
      }));
      const origin = await serving(({ method, headers, body }, response) => {
        if (method === 'POST')
          seen.push([headers['traceparent'], ...(body.match(/00-[0-9a-f-]{52}/g) ?? [])]);
        response.end(method === 'GET' ? CAN_BATCH : '{"errNo":0,"errMsg":"ok","gone":[],"slow":[]}');
      });
      const pusher = pusherTo(origin);
      await pusher.push({ pushAddress: null, connectionIds: ids(2) }, traced);
      await pusher.push({ pushAddress: null, connectionIds: ids(1) }, traced.slice(0, 1));
      const [one, two] = traced.map(({ traceparent }) => traceparent);
      expect(seen).toEqual([[one, one, two], [one]]);
    });

    it('names nobody again who was gone', async () => {
      const gateway = await started({ maxMessages: 1 });
      const [a, b, c] = gateway.connect(3) as [string, string, string];
      const [x] = gateway.ids(1) as [string];
      gateway.disconnect(b);
      expect(await push(pusherOf(gateway), [a, b, x, c], 3)).toEqual({ ...DELIVERED, gone: [b, x] });
      expect(gateway.requests.map(({ connectionIds }) => connectionIds)).toEqual([
        [a, b, x, c],
        [a, c],
        [a, c],
      ]);
    });

    it('has two requests under way at a time, however many pushes there are', async () => {
      const gateway = await started({ maxConnections: 1 });
      gateway.gather = 2;
      const pusher = pusherOf(gateway);
      const connected = gateway.connect(100);
      await Promise.all(Array.from({ length: 10 }, () => push(pusher, connected, 2)));
      expect(gateway.peak).toBe(2);
    });

    it('waits at one address for its turn there alone', async () => {
      const silent = await answering(CAN_BATCH, () => null);
      const other = await answering(CAN_BATCH, () => ({
        body: '{"errNo":0,"errMsg":"ok","gone":[],"slow":[]}',
      }));
      const clock = new ManualClock();
      const pusher = pusherTo(silent, {}, clock);
      const stuck = Array.from({ length: 3 }, () => push(pusher, ids(2)));
      const pushAddress = `${other}${API_PATH}`;
      expect(await pusher.push({ pushAddress, connectionIds: ids(2) }, messages(1))).toEqual(DELIVERED);
      await pusher.close();
      for (const report of await Promise.all(stuck)) expect(failedIds(report)).toEqual(ids(2));
    });

    it('does not count the wait for its turn as time of the push', async () => {
      const clock = new ManualClock();
      const origin = await answering(CAN_BATCH, () => {
        void clock.advance(8_000);
        return { body: '{"errNo":0,"errMsg":"ok","gone":[],"slow":[]}' };
      });
      const pusher = pusherTo(origin, { deadlineMs: 30_000 }, clock);
      const pushes = Array.from({ length: 20 }, () => push(pusher, ids(2)));
      for (const report of await Promise.all(pushes)) expect(report).toEqual(DELIVERED);
    });

    it.each([
      ['no JSON', '<html>'],
      ['nothing', ''],
      ['no lists', OK],
      ['lists of something else', '{"errNo":0,"errMsg":"ok","gone":[1],"slow":{}}'],
      ['an error', '{"errNo":105,"errMsg":"bad data","gone":[],"slow":[]}'],
      ['gone for everyone', '{"errNo":201,"errMsg":"gone"}'],
    ])('takes %s for a failure that stays, and asks anew', async (_, body) => {
      let questions = 0;
      const origin = await serving(({ method }, response) => {
        if (method === 'GET') questions++;
        response.end(method === 'GET' ? CAN_BATCH : body);
      });
      const pusher = pusherTo(origin);
      for (let n = 1; n <= 2; n++) {
        const report = await push(pusher, ids(3));
        expect(report).toMatchObject({
          gone: [],
          slow: [],
          failed: [{ connectionIds: ids(3), retryable: false }],
        });
        expect(questions).toBe(n);
      }
    });

    it.each([
      [400, false],
      [401, false],
      [403, false],
      [404, false],
      [410, false],
      [413, false],
      [302, false],
      [429, true],
      [500, true],
      [502, true],
      [503, true],
    ])('takes HTTP %i for a failure, retryable %s', async (status, retryable) => {
      const origin = await answering(CAN_BATCH, () => ({ status, body: '{"errNo":500,"errMsg":"why"}' }));
      const { failed, ...rest } = await push(pusherTo(origin), ids(3));
      expect(rest).toEqual({ gone: [], slow: [] });
      expect(failed).toMatchObject([{ connectionIds: ids(3), retryable }]);
      expect(failed[0]?.reason).toContain(`HTTP ${status} errNo 500: why`);
    });

    it('believes nothing of ids that it did not push to', async () => {
      const body =
        '{"errNo":0,"errMsg":"ok","gone":["stranger","client-1"],"slow":["client-1","client-2","other"]}';
      const origin = await answering(CAN_BATCH, () => ({ body }));
      expect(await push(pusherTo(origin), ids(3))).toEqual({
        gone: ['client-1'],
        slow: ['client-2'],
        failed: [],
      });
    });

    it('does not send the rest to a group where a request failed, and serves the others', async () => {
      const seen: string[] = [];
      const limits = '{"batch":true,"maxConnections":1,"maxMessages":1}';
      const origin = await answering(limits, ({ body }) => {
        const { websocket } = JSON.parse(body) as {
          websocket: { secConnectionIDs: [string]; messages: [{ id: string }] };
        };
        const [id] = websocket.secConnectionIDs;
        const [{ id: messageId }] = websocket.messages;
        seen.push(`${id} ${messageId}`);
        if (id === 'client-1' && messageId === 'm-1') return { status: 500 };
        return { body: '{"errNo":0,"errMsg":"ok","gone":[],"slow":[]}' };
      });
      const report = await push(pusherTo(origin), ids(2), 3);
      expect(report).toMatchObject({
        gone: [],
        slow: [],
        failed: [{ connectionIds: ['client-1'], retryable: true }],
      });
      expect(seen.filter((one) => one.startsWith('client-0'))).toEqual([
        'client-0 m-0',
        'client-0 m-1',
        'client-0 m-2',
      ]);
      expect(seen.filter((one) => one.startsWith('client-1'))).toEqual(['client-1 m-0', 'client-1 m-1']);
    });
  });

  describe('one connection at a time', () => {
    it.each([
      [410, '{"errNo":201,"errMsg":"gone"}', 'gone'],
      [410, '', 'gone'],
      [200, '{"errNo":201,"errMsg":"gone"}', 'gone'],
      [503, '{"errNo":202,"errMsg":"slow"}', 'slow'],
      [200, '{"errNo":202,"errMsg":"slow"}', 'slow'],
      [200, '', 'delivered'],
      [200, '{}', 'delivered'],
      [200, '"ok"', 'delivered'],
      [200, '{"errNo":0}', 'delivered'],
      [503, '{"errNo":500,"errMsg":"busy"}', true],
      [503, '', true],
      [500, OK, true],
      [502, '<html>', true],
      [429, OK, true],
      [200, '{"errNo":301,"errMsg":"storage"}', true],
      [200, '{"errNo":500,"errMsg":"internal"}', true],
      [200, '{"errNo":105,"errMsg":"bad data"}', false],
      [200, '{"errNo":"7"}', false],
      [200, '<html>', false],
      [200, '{"errNo":0', false],
      [400, OK, false],
      [401, OK, false],
      [403, OK, false],
      [404, OK, false],
      [404, 'Cannot POST', false],
      [413, OK, false],
      [204, '', false],
      [302, '', false],
    ])('takes HTTP %i with %j for %j', async (status, body, expected) => {
      const origin = await answering('', () => ({ status, body }));
      const report = await push(pusherTo(origin), ids(1));
      const failed = [{ connectionIds: ids(1), retryable: expected, reason: expect.any(String) as string }];
      if (expected === 'delivered') expect(report).toEqual(DELIVERED);
      else if (typeof expected === 'string') expect(report).toEqual({ ...DELIVERED, [expected]: ids(1) });
      else expect(report).toEqual({ ...DELIVERED, failed });
    });

    it.each([410, 500])('sends nothing more to a connection after HTTP %i', async (status) => {
      const seen: string[] = [];
      const origin = await answering('', ({ body }) => {
        seen.push(body);
        return { status: body.includes('"m-1"') ? status : 200 };
      });
      await push(pusherTo(origin), ids(1), 4);
      expect(seen).toHaveLength(2);
    });

    it('has a bounded number of requests and connections', async () => {
      const gateway = await PushGateway.start(null);
      closing.push(() => gateway.close());
      const pusher = pusherTo(new URL(gateway.address).origin, { maxSockets: 16 });
      gateway.gather = 16;
      await Promise.all([push(pusher, gateway.connect(500)), push(pusher, gateway.connect(500))]);
      expect(gateway.peak).toBe(16);
    });

    it('puts the same failures together', async () => {
      const origin = await answering('', ({ body }) => ({ status: body.includes('client-1') ? 404 : 500 }));
      const { failed } = await push(pusherTo(origin), ids(10));
      expect(failed).toHaveLength(2);
      expect(failed.find(({ retryable }) => !retryable)?.connectionIds).toEqual(['client-1']);
    });
  });

  describe('disconnects', () => {
    const disconnect = (pusher: HttpPusher, connectionIds: readonly string[]): Promise<PushReport> =>
      pusher.disconnect({ pushAddress: null, connectionIds });

    it('one client in the form that every address knows, without a question', async () => {
      const asked: Asked[] = [];
      const origin = await serving((one, response) => {
        asked.push(one);
        response.end(OK);
      });
      expect(await disconnect(pusherTo(origin), ids(1))).toEqual(DELIVERED);
      expect(asked.map(({ method, body }) => [method, body])).toEqual([
        ['POST', '{"websocket":{"action":"closing","secConnectionID":"client-0"}}'],
      ]);
    });

    it('several with as few requests as the limits allow', async () => {
      const gateway = await PushGateway.start({
        maxConnections: 300,
        maxMessages: 1,
        maxBytes: 16 * 1024,
        except: true,
      });
      closing.push(() => gateway.close());
      const pusher = pusherTo(new URL(gateway.address).origin);
      expect(await disconnect(pusher, gateway.connect(600))).toEqual(DELIVERED);
      const sizes = gateway.requests.map(({ connectionIds }) => connectionIds.length);
      expect(sizes.reduce((sum, size) => sum + size)).toBe(600);
      expect(sizes.length).toBe(Math.ceil(600 / Math.max(...sizes)));
      expect(Math.max(...gateway.requests.map(({ bytes }) => bytes))).toBeGreaterThan(15 * 1024);
    });

    it.each([
      [200, '{"errNo":0,"errMsg":"ok"}', false],
      [400, '{"errNo":104,"errMsg":"unknown action"}', false],
      [503, '', true],
    ])('nobody for sure where a batch is answered with HTTP %i %s', async (status, body, retryable) => {
      const origin = await answering(CAN_BATCH, () => ({ status, body }));
      const reason = expect.stringContaining(`HTTP ${status}`) as string;
      expect(await disconnect(pusherTo(origin), ids(2))).toEqual({
        ...DELIVERED,
        failed: [{ connectionIds: ids(2), retryable, reason }],
      });
    });
  });

  describe('lasts as long as it may', () => {
    it.each([1, 3])('where the address never answers, for %i clients', async (count) => {
      const origin = await serving(() => undefined);
      const report = await push(pusherTo(origin, { deadlineMs: 200 }), ids(count));
      expect(report).toMatchObject({ failed: [{ connectionIds: ids(count), retryable: true }] });
    });

    it.each([
      ['batches', CAN_BATCH],
      ['single pushes', ''],
    ])('where it never answers to %s', async (_, capability) => {
      let pushes = 0;
      const origin = await answering(capability, () => {
        pushes++;
        return null;
      });
      const report = await push(pusherTo(origin, { deadlineMs: 300 }), ids(1_000));
      expect(failedIds(report).sort()).toEqual(ids(1_000).sort());
      expect(report.failed.every(({ retryable }) => retryable)).toBe(true);
      expect(pushes).toBeLessThanOrEqual(64);
    });

    it('where an answer comes byte by byte', async () => {
      const origin = await serving((_, response) => {
        response.writeHead(200, { 'content-length': 100_000 });
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      });
      const report = await push(pusherTo(origin, { deadlineMs: 200 }), ids(1));
      expect(report.failed).toMatchObject([{ retryable: true }]);
    });

    it('where every answer comes just in time', async () => {
      const clock = new ManualClock();
      let pushes = 0;
      const origin = await serving((_, response) => {
        pushes++;
        void clock.advance(4_000).then(() => response.end(OK));
      });
      const report = await push(pusherTo(origin, { maxSockets: 1 }, clock), ids(10));
      expect(failedIds(report)).toEqual(ids(10).slice(2));
      expect(report.failed).toMatchObject([
        { reason: expect.stringMatching(/^no answer in time/) as string, retryable: true },
        { reason: expect.stringMatching(/^the time for this push is over/) as string, retryable: true },
      ]);
      // The question, two answers in time, and one that came too late.
      expect(pushes).toBe(4);
    });
  });

  describe('on a network that fails', () => {
    it.each([
      ['resets', (socket: Socket): void => void socket.resetAndDestroy()],
      ['closes', (socket: Socket): void => void socket.end()],
      ['answers half a head', (socket: Socket): void => void socket.end('HTTP/1.1 200 OK\r\nContent')],
      [
        'answers half a body',
        (socket: Socket): void => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{'),
      ],
      ['speaks no HTTP', (socket: Socket): void => void socket.end('SSH-2.0-OpenSSH_9.2\r\n')],
    ])('reports a failure that may pass when the address %s', async (_, talk) => {
      const origin = await talking(talk);
      for (const count of [1, 3]) {
        const report = await push(pusherTo(origin), ids(count));
        expect(report).toMatchObject({
          gone: [],
          slow: [],
          failed: [{ connectionIds: ids(count), retryable: true }],
        });
      }
    });

    it('does not keep asking an address that is down', async () => {
      let requests = 0;
      const origin = await talking((socket, request) => {
        requests++;
        if (request.startsWith('GET')) socket.end(http(''));
        else socket.resetAndDestroy();
      });
      const report = await push(pusherTo(origin, { maxSockets: 4 }), ids(1_000));
      expect(failedIds(report).sort()).toEqual(ids(1_000).sort());
      expect(requests).toBeLessThan(20);
    });

    it('goes on where now and then one is lost', async () => {
      let pushes = 0;
      const origin = await talking((socket, request) => {
        if (request.startsWith('GET') || ++pushes % 5 > 0) socket.write(http(OK));
        else socket.write('HTTP/1.1 2', () => socket.resetAndDestroy());
      });
      const report = await push(pusherTo(origin, { maxSockets: 4 }), ids(500));
      expect(failedIds(report)).toHaveLength(100);
      expect(pushes).toBe(500);
    });

    it('sends a push again, once and at once, that a connection kept from before did not survive', async () => {
      const seen: string[] = [];
      const origin = await talking((socket, request) => {
        const push = /client-\d/.exec(request)?.[0] ?? 'question';
        const again = seen.includes(push);
        seen.push(push);
        if (push === 'client-1' && !again) socket.resetAndDestroy();
        else socket.write(http(OK));
      });
      expect(await push(pusherTo(origin, { maxSockets: 1 }), ids(3))).toEqual(DELIVERED);
      expect(seen).toEqual(['question', 'client-0', 'client-1', 'client-1', 'client-2']);
    });

    it('sends it again on a new connection, though others were kept too', async () => {
      const used = new Map<Socket, number>();
      const waiting: Socket[] = [];
      const origin = await talking((socket, request) => {
        used.set(socket, (used.get(socket) ?? 0) + 1);
        if (request.startsWith('GET')) socket.write(http(OK));
        else if (!request.includes('late')) {
          if (waiting.push(socket) === 3) for (const one of waiting) one.write(http(OK));
        } else if (used.get(socket) === 1) socket.write(http(OK));
        else socket.resetAndDestroy();
      });
      const pusher = pusherTo(origin, { maxSockets: 3 });
      expect(await push(pusher, ids(3))).toEqual(DELIVERED);
      expect(await push(pusher, ['late'])).toEqual(DELIVERED);
    });

    it('sends it no third time', async () => {
      let lost = 0;
      const origin = await talking((socket, request) => {
        if (!request.includes('client-1')) return void socket.write(http(OK));
        lost++;
        socket.resetAndDestroy();
      });
      const report = await push(pusherTo(origin, { maxSockets: 1 }), ids(3));
      expect(report).toMatchObject({ failed: [{ connectionIds: ['client-1'], retryable: true }] });
      expect(lost).toBe(2);
    });

    it('sends nothing again once an answer has begun', async () => {
      let pushes = 0;
      const origin = await talking((socket, request) => {
        if (request.startsWith('GET')) return void socket.write(http(''));
        pushes++;
        socket.write('HTTP/1.1 2', () => socket.resetAndDestroy());
      });
      const report = await push(pusherTo(origin, { maxSockets: 1 }), ids(1), 2);
      expect(report).toMatchObject({ failed: [{ connectionIds: ids(1), retryable: true }] });
      expect(pushes).toBe(1);
    });

    it('works on when the address closes its connections between pushes', async () => {
      const { origin, server, close } = await startServer((_, response) => response.end(OK));
      closing.push(close);
      const pusher = pusherTo(origin);
      for (let n = 0; n < 5; n++) {
        expect(await push(pusher, ids(20))).toEqual(DELIVERED);
        server.closeAllConnections();
      }
    });

    it('holds an answer that comes byte by byte in few pieces', async () => {
      const bytes = OK.padEnd(5_000).replace(/./g, '1\r\n$&\r\n');
      const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
      const origin = await talking((socket) => socket.write(`${head}${bytes}0\r\n\r\n`));
      const joined = jest.spyOn(Buffer, 'concat');
      expect(await push(pusherTo(origin), ['ann'])).toEqual(DELIVERED);
      expect(Math.max(...joined.mock.calls.map(([pieces]) => pieces.length))).toBe(1_024);
      joined.mockRestore();
    });

    it('cuts off an answer that does not end', async () => {
      const chunk = Buffer.alloc(64 * 1024, '1');
      const origin = await serving((_, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(chunk));
        };
        response.on('drain', more);
        more();
      });
      const report = await push(pusherTo(origin), ids(1));
      expect(report).toMatchObject({ failed: [{ connectionIds: ids(1), retryable: false }] });
    });

    it('reports a failure where TLS does not come about', async () => {
      const origin = await serving((_, response) => response.end(OK));
      const report = await push(pusherTo(origin.replace('http:', 'https:')), ids(1));
      expect(report).toMatchObject({ failed: [{ connectionIds: ids(1), retryable: true }] });
    });
  });

  it('takes an answer that switches protocols as a failure, and does not wait for more', async () => {
    const origin = await talking((socket, request) =>
      socket.write(
        request.startsWith('GET')
          ? http('{}')
          : 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
      ),
    );
    expect(await push(pusherTo(origin, { deadlineMs: 600_000 }), ids(2))).toMatchObject({
      failed: [{ connectionIds: ids(2), retryable: false }],
    });
  });

  describe('keeps the address to itself', () => {
    const secret = API_PATH.slice('/api-0123'.length);

    it('whatever goes wrong', async () => {
      const errMsg = `Route POST:${API_PATH} not found`;
      const origins = [
        await refusingOrigin(),
        await answering(CAN_BATCH, () => ({ status: 404, body: JSON.stringify({ errNo: 203, errMsg }) })),
        await answering('', () => ({
          status: 404,
          body: JSON.stringify({ errMsg: `no ${API_PATH.slice(1)}` }),
        })),
        await answering('', () => ({ status: 200, body: `<html>${API_PATH}` })),
      ];
      for (const origin of origins) {
        for (const count of [1, 3]) {
          const { failed } = await push(pusherTo(origin), ids(count));
          expect(failed).not.toHaveLength(0);
          for (const { reason } of failed) {
            expect(reason).toContain(`${origin.slice('http://'.length)}/api-0123…`);
            expect(reason).not.toContain(secret);
          }
        }
      }
    });

    it.each(['', 'hush', 'ftp://hush/api-hush', 'http://'])(
      'and does not take %j for one',
      async (pushAddress) => {
        const pusher = pusherTo('http://127.0.0.1:1');
        const report = await pusher.push({ pushAddress, connectionIds: ids(2) }, messages(1));
        expect(report).toMatchObject({
          gone: [],
          slow: [],
          failed: [{ connectionIds: ids(2), retryable: false }],
        });
        expect(report.failed[0]?.reason).not.toContain('hush');
        const options = { defaultAddress: pushAddress, log, clock: new RealClock() };
        expect(() => new HttpPusher(options)).toThrow(
          new TypeError('the push address is no http: or https: URL'),
        );
      },
    );
  });

  it('ends what is under way when it is closed, as often as that is, and then pushes nothing', async () => {
    let pushed = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (pushed = resolve));
    const origin = await answering('', () => {
      pushed();
      return null;
    });
    const pusher = pusherTo(origin);
    const report = push(pusher, ids(200));
    await arrived;
    await Promise.all([pusher.close(), pusher.close()]);
    expect(failedIds(await report).sort()).toEqual(ids(200).sort());
    expect(await push(pusher, ids(1))).toMatchObject({
      failed: [{ connectionIds: ids(1), retryable: true }],
    });
  });
});
