import { request } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { PushListener } from './push-listener';
import { type Client, RealGateway, until } from './testing/real-gateway';

jest.setTimeout(120_000);

const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => `message ${i}`);
const OK = { errNo: 0, errMsg: 'ok' };

describe('the reverse push address', () => {
  let g: RealGateway;
  let ann: Client;
  let bob: Client;

  beforeEach(async () => {
    g = await new RealGateway().start();
    ann = await g.connect();
    bob = await g.connect();
  });
  afterEach(() => g.stop());

  const send = (id: string, data: string, more: object = {}) =>
    g.push({ action: 'data send', secConnectionID: id, dataType: 'text', data, ...more });

  it('brings text and binary to a client', async () => {
    expect(await send(ann.id, 'grüße')).toEqual({ status: 200, body: OK });
    await g.push({ action: 'data send', secConnectionID: ann.id, dataType: 'binary', data: '/wA=' });
    await send(ann.id, '');
    await until(() => ann.received.length === 3);
    expect(ann.received).toEqual(['grüße', '/wA=', '']);
    expect(bob.received).toEqual([]);
  });

  it.each([125, 126, 65_535, 65_536, 2_000_000])('brings a payload of %i bytes', async (bytes) => {
    await send(ann.id, 'x'.repeat(bytes));
    await until(() => ann.received.length === 1);
    expect(ann.received[0]).toHaveLength(bytes);
  });

  it('ignores keys it does not know', async () => {
    expect(await send(ann.id, 'a', { secWebSocketProtocol: 'chat', messageId: null })).toMatchObject({
      body: OK,
    });
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'nonsense', 'application/json; charset=utf-8'])(
    'reads JSON that calls itself %s',
    async (type) => {
      const init = { headers: { 'content-type': type } };
      expect(await g.push({ action: 'closing', secConnectionID: ann.id }, init)).toMatchObject({
        status: 200,
      });
    },
  );

  it('says gone for an id nobody has, thousands of times', async () => {
    for (let i = 0; i < 2_000; i += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, (_, j) => send(`nobody${i + j}`, 'x')));
      for (const answer of answers) {
        expect(answer).toEqual({ status: 410, body: { errNo: 201, errMsg: 'connection gone' } });
      }
    }
    expect((await send(ann.id, 'still here')).status).toBe(200);
  });

  it('says gone for a client that left', async () => {
    ann.ws.close();
    await until(() => g.cleanups.length === 1);
    expect((await send(ann.id, 'x')).status).toBe(410);
  });

  it('closes a client after what was pushed before', async () => {
    await send(ann.id, 'last words');
    expect(await g.push({ action: 'closing', secConnectionID: ann.id })).toEqual({ status: 200, body: OK });
    expect((await ann.closed()).code).toBe(1000);
    expect(ann.received).toEqual(['last words']);
    expect((await g.push({ action: 'closing', secConnectionID: ann.id })).status).toBe(410);
    await until(() => g.cleanups.length === 1);
    expect(g.cleanups[0]?.websocket.closeCode).toBe('1000');
  });

  it('brings 1,000 messages down one connection in order', async () => {
    for (const text of texts(1_000)) await send(ann.id, text);
    await until(() => ann.received.length === 1_000);
    expect(ann.received).toEqual(texts(1_000));
  });

  describe('in the batch form', () => {
    const batch = (ids: readonly string[], more: object) =>
      g.push({ action: 'data send', secConnectionIDs: ids, ...more });

    it('brings several messages to several clients, and says who is gone', async () => {
      const messages = texts(256).map((data) => ({ dataType: 'text', data }));
      expect(await batch([ann.id, 'nobody', bob.id], { messages })).toEqual({
        status: 200,
        body: { ...OK, gone: ['nobody'], slow: [] },
      });
      await until(() => ann.received.length === 256 && bob.received.length === 256);
      expect(ann.received).toEqual(texts(256));
      expect(bob.received).toEqual(texts(256));
    });

    it('brings one message, and takes several for a single client', async () => {
      expect((await batch([ann.id], { dataType: 'text', data: 'a' })).body).toEqual({
        ...OK,
        gone: [],
        slow: [],
      });
      const messages = [{ dataType: 'text', data: 'b' }];
      expect((await g.push({ action: 'data send', secConnectionID: ann.id, messages })).body).toEqual(OK);
      await until(() => ann.received.length === 2);
    });

    it('brings a message to everybody but whom it excepts', async () => {
      const messages = [
        { id: '1', dataType: 'text', data: 'from ann', except: ann.id },
        { dataType: 'text', data: 'from bob', except: bob.id },
        { dataType: 'text', data: 'from nobody', except: null },
      ];
      expect((await batch([ann.id, bob.id], { messages })).body).toEqual({ ...OK, gone: [], slow: [] });
      await until(() => ann.received.length === 2 && bob.received.length === 2);
      expect([ann.received, bob.received]).toEqual([
        ['from bob', 'from nobody'],
        ['from ann', 'from nobody'],
      ]);
    });

    it('closes several', async () => {
      expect((await g.push({ action: 'closing', secConnectionIDs: [ann.id, 'nobody'] })).body).toEqual({
        ...OK,
        gone: ['nobody'],
        slow: [],
      });
      await ann.closed();
    });

    it('takes 10,000 ids and no more', async () => {
      const ids = Array.from({ length: 10_001 }, (_, i) => `nobody${i}`);
      expect((await batch(ids.slice(1), { dataType: 'text', data: 'a' })).body.gone).toHaveLength(10_000);
      expect(await batch(ids, { dataType: 'text', data: 'a' })).toMatchObject({
        status: 413,
        body: { errNo: 106 },
      });
    });

    it('takes 256 messages and no more', async () => {
      const messages = texts(257).map((data) => ({ dataType: 'text', data }));
      expect(await batch([], { messages })).toMatchObject({ status: 413, body: { errNo: 106 } });
    });
  });

  it('gives a connection the same message id once, however the push that repeats it is put together', async () => {
    expect((await send(ann.id, 'one', { messageId: '1' })).status).toBe(200);
    expect((await send(ann.id, 'one', { messageId: '1' })).status).toBe(200);
    const messages = [
      { id: '1', dataType: 'text', data: 'one' },
      { id: '2', dataType: 'text', data: 'two' },
    ];
    await g.push({ action: 'data send', secConnectionIDs: [ann.id, bob.id], messages });
    await until(() => bob.received.length === 2 && ann.received.length === 2);
    expect(ann.received).toEqual(['one', 'two']);
    expect(bob.received).toEqual(['one', 'two']);
  });

  it('says what it can do', async () => {
    const response = await fetch(`http://127.0.0.1:${g.pushPort}/${g.api.id}`);
    expect(await response.json()).toEqual({
      batch: true,
      except: true,
      maxConnections: 10_000,
      maxMessages: 256,
      maxBytes: 8 * 1024 * 1024,
    });
  });

  const id = 'a'.repeat(32);
  const text = { action: 'data send', secConnectionID: id, dataType: 'text', data: 'x' };
  it.each([
    ['nothing', '', 400, ''],
    ['no JSON', 'hello', 400, 'JSON'],
    ['JSON that is no object', '[1]', 400, 'JSON object'],
    ['no websocket', '{}', 102, 'websocket'],
    ['a websocket that is no object', '{"websocket":"x"}', 102, 'websocket'],
    ['no action', { ...text, action: undefined }, 104, 'action'],
    ['the action of a registration', { ...text, action: 'connecting' }, 104, 'action'],
    ['an action that is no string', { ...text, action: ['data send'] }, 104, 'action'],
    ['no id', { ...text, secConnectionID: undefined }, 103, 'secConnectionID'],
    ['an id that is no string', { ...text, secConnectionID: 7 }, 103, 'secConnectionID'],
    ['an empty id', { ...text, secConnectionID: '' }, 103, 'secConnectionID'],
    ['a long id', { ...text, secConnectionID: 'a'.repeat(51) }, 103, 'secConnectionID'],
    ['an id with a line break', { ...text, secConnectionID: 'a\nb' }, 103, 'secConnectionID'],
    ['an id and ids', { ...text, secConnectionIDs: [id] }, 103, 'secConnectionIDs'],
    [
      'ids that are no list',
      { ...text, secConnectionID: undefined, secConnectionIDs: id },
      103,
      'secConnectionIDs',
    ],
    ['ids with a hole', { ...text, secConnectionID: undefined, secConnectionIDs: [id, null] }, 103, 'IDs'],
    ['no dataType', { ...text, dataType: undefined }, 105, 'dataType'],
    ['an unknown dataType', { ...text, dataType: 'json' }, 105, 'dataType'],
    ['no data', { ...text, data: undefined }, 105, 'data'],
    ['data that is no string', { ...text, data: { a: 1 } }, 105, 'data'],
    ['broken base64', { ...text, dataType: 'binary', data: '/wA' }, 105, 'base64'],
    ['base64 with spaces', { ...text, dataType: 'binary', data: '/w A=' }, 105, 'base64'],
    ['a message id that is no string', { ...text, messageId: 7 }, 105, 'messageId'],
    ['a long message id', { ...text, messageId: 'x'.repeat(201) }, 105, 'messageId'],
    ['data and messages', { ...text, messages: [] }, 105, 'messages'],
    [
      'messages that are no list',
      { action: 'data send', secConnectionID: id, messages: {} },
      105,
      'messages',
    ],
    ['no messages', { action: 'data send', secConnectionID: id, messages: [] }, 105, 'messages'],
    [
      'a message that is no object',
      { action: 'data send', secConnectionID: id, messages: [1] },
      105,
      'messages[0]',
    ],
    [
      'a message without data',
      { action: 'data send', secConnectionID: id, messages: [text, { dataType: 'text' }] },
      105,
      'messages[1].data',
    ],
    [
      'a message that excepts what is no id',
      { action: 'data send', secConnectionID: id, messages: [text, { ...text, except: [id] }] },
      103,
      'messages[1].except',
    ],
  ])('refuses %s, and says what is wrong', async (_, what, errNo, field) => {
    const body = typeof what === 'string' ? what : JSON.stringify({ websocket: what });
    const answer = await g.post(body);
    expect(answer).toEqual({
      status: 400,
      body: { errNo, errMsg: expect.stringContaining(field) as string },
    });
  });

  it.each([
    ['said beforehand', Buffer.alloc(20_000_000, 32)],
    [
      'found out while it comes',
      new ReadableStream({
        start(controller): void {
          for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(1_000_000));
          controller.close();
        },
      }),
    ],
  ])('refuses a body of 20 MB, %s', async (_, body) => {
    const answer = await g.post(body, { duplex: 'half' });
    expect(answer).toMatchObject({ status: 413, body: { errNo: 106 } });
    expect((await send(ann.id, 'still here')).status).toBe(200);
  });

  it('asks to come again when too many bodies are being read at once', async () => {
    const { gateway, log } = g;
    const listener = new PushListener({ gateway, log, port: 0, maxBytesAtOnce: 100 });
    const address = `http://127.0.0.1:${(await listener.start()).port}/${g.api.id}`;
    const closing = JSON.stringify({ websocket: { action: 'closing', secConnectionIDs: [] } });
    const refused = await fetch(address, { method: 'POST', body: closing.padEnd(101) });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toEqual({ errNo: 503, errMsg: 'too many pushes at once' });
    expect((await fetch(address, { method: 'POST', body: closing })).status).toBe(200);
    await listener.close();
  });

  it.each(['/', '/api-', `/api-${'0'.repeat(32)}`, `/api-${'0'.repeat(500)}`, '/other/path', '/%zz'])(
    'is not found at %s',
    async (path) => {
      const answer = { status: 404, body: { errNo: 203, errMsg: 'not permitted' } };
      expect(await g.post('{}', {}, path)).toEqual(answer);
      expect((await fetch(`http://127.0.0.1:${g.pushPort}${path}`)).status).toBe(404);
    },
  );

  it('is found only with the whole secret, in its case', async () => {
    for (const wrong of [g.api.id.slice(0, -1), `${g.api.id}0`, g.api.id.toUpperCase()]) {
      expect(await g.post('{}', {}, `/${wrong}`)).toMatchObject({ status: 404, body: { errNo: 203 } });
    }
  });

  it.each([
    ['goes to an address that is not there', () => '/api-x', 404],
    ['says beforehand that it is too large', () => `/${g.api.id}`, 413],
  ])('does not wait for the body of a push that %s', async (_, path, status) => {
    const headers = { 'content-length': 20_000_000 };
    const pending = request({ port: g.pushPort, method: 'POST', path: path(), headers });
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      pending.on('response', ({ statusCode }) => resolve(statusCode));
      pending.on('error', reject);
      pending.write('x');
    });
    expect(answer).toBe(status);
    pending.on('error', () => undefined);
    pending.destroy();
  });

  it('takes no other method', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      expect((await g.push({ action: 'closing', secConnectionID: ann.id }, { method })).status).toBe(404);
    }
    const head = await fetch(`http://127.0.0.1:${g.pushPort}/${g.api.id}`, { method: 'HEAD' });
    expect(head.status).toBe(404);
  });

  it('leaves routes of the app their paths, and the methods that they name', async () => {
    const { gateway, log, api } = g;
    const routes = (app: FastifyInstance): void => void app.get('/metrics', async () => 'figures');
    const listener = new PushListener({ gateway, log, port: 0, routes });
    const { port } = await listener.start();
    const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}${path}`, init);
    expect(await (await ask('/metrics')).text()).toBe('figures');
    expect((await ask('/metrics', { method: 'POST', body: '{}' })).status).toBe(404);
    expect((await ask('/other')).status).toBe(404);
    expect(await (await ask(`/${api.id}`)).json()).toMatchObject({ batch: true });
    const body = JSON.stringify({ websocket: { action: 'closing', secConnectionID: ann.id } });
    expect((await ask(`/${api.id}`, { method: 'POST', body })).status).toBe(200);
    await listener.close();
  });

  it('does not start on a port that is taken', async () => {
    const { gateway, log, pushPort } = g;
    const second = new PushListener({ gateway, log, port: pushPort });
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await second.close();
  });

  it('finishes a push that is under way when it closes', async () => {
    const body = JSON.stringify({ websocket: { action: 'closing', secConnectionID: ann.id } });
    const headers = { 'content-length': body.length };
    const pending = request({ port: g.pushPort, method: 'POST', path: `/${g.api.id}`, headers });
    const status = new Promise<number | undefined>((resolve, reject) => {
      pending.on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      pending.on('error', reject);
    });
    await new Promise((resolve) => pending.write(body.slice(0, 10), resolve));
    await send(ann.id, 'in between');
    const closing = g.pushListener.close();
    pending.end(body.slice(10));
    expect(await status).toBe(200);
    await closing;
    await expect(send(ann.id, 'late')).rejects.toThrow();
  });

  it('keeps its secret out of the log', async () => {
    await send(ann.id, 'x');
    await g.post('nonsense');
    ann.ws.terminate();
    await until(() => g.cleanups.length === 1);
    expect(JSON.stringify(g.log.entries)).not.toContain(g.api.id.slice(0, 20));
  });
});

describe('a client that stops reading', () => {
  const limits = { outboxBytes: 1024 * 1024 };
  let g: RealGateway;
  beforeEach(async () => {
    g = await new RealGateway({ limits }).start();
  });
  afterEach(() => g.stop());

  it('is called slow and closed with a code that says so, in bounded memory, while others are served', async () => {
    const stuck = await g.connect();
    const lively = await g.connect();
    stuck.ws.pause();
    const data = 'x'.repeat(100_000);
    let pushed = 0;
    let answer = await g.push({ action: 'data send', secConnectionIDs: [], dataType: 'text', data });
    while (answer.body.slow?.length === 0) {
      pushed++;
      answer = await g.push({
        action: 'data send',
        secConnectionIDs: [stuck.id, lively.id],
        dataType: 'text',
        data,
      });
    }
    expect(answer.body.slow).toEqual([stuck.id]);
    const single = { action: 'data send', secConnectionID: stuck.id, dataType: 'text', data };
    expect((await g.push(single)).status).toBe(410);
    expect(g.gateway.apis[0]?.sessions.get(stuck.id)?.backlog).toBeLessThan(1024 * 1024 + 100_100);
    await until(() => lively.received.length === pushed);
    stuck.ws.resume();
    expect((await stuck.closed()).code).toBe(4001);
    await until(() => g.cleanups.length === 1);
    expect(g.cleanups[0]?.websocket).toMatchObject({ closeCode: '4001', closeReason: 'too slow' });
  });

  it('is called slow for many small writes as for a few large ones', async () => {
    await g.stop();
    g = await new RealGateway({ limits: { ...limits, frameWindowMs: 0 } }).start();
    const stuck = await g.connect();
    stuck.ws.pause();
    const session = g.gateway.apis[0]?.sessions.get(stuck.id);
    const large = {
      action: 'data send',
      secConnectionID: stuck.id,
      dataType: 'text',
      data: 'x'.repeat(100_000),
    };
    while (session?.backlog === 0) await g.push(large);
    const messages = Array.from({ length: 256 }, () => ({ dataType: 'text', data: 'x' }));
    const push = {
      action: 'data send',
      secConnectionIDs: Array.from({ length: 10 }, () => stuck.id),
      messages,
    };
    let taken = 0;
    while ((await g.push(push)).body.slow?.length === 0) taken += 2_560;
    expect(taken).toBeLessThan((1024 * 1024) / 64);
  });

  it('is told slow in the single form with 503', async () => {
    const stuck = await g.connect();
    stuck.ws.pause();
    const push = {
      action: 'data send',
      secConnectionID: stuck.id,
      dataType: 'text',
      data: 'x'.repeat(100_000),
    };
    let answer = await g.push(push);
    while (answer.status === 200) answer = await g.push(push);
    expect(answer).toEqual({ status: 503, body: { errNo: 202, errMsg: 'connection slow' } });
  });
});
