import * as http from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { FunctionFailed, FunctionTimedOut, type TransferEvent } from '@sendback/domain/gateway';
import { functionInvokerContract } from '@sendback/domain/gateway/testing';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { FunctionServer, type FunctionServerOptions } from './function-server';
import { HttpFunctionInvoker } from './http-function-invoker';

const AMPLE_MS = 20_000;

const event: TransferEvent = {
  requestContext: { requestId: 'request-1', stage: 'release', path: '/websocket', sourceIp: '10.0.2.14' },
  websocket: { action: 'data send', secConnectionID: 'abc==', dataType: 'text', data: 'hello' },
};

functionInvokerContract('HTTP, from a function server', async (run) => {
  const server = new FunctionServer({
    functions: { transfer: async (event) => run(event as TransferEvent) },
    log: new MemoryLog(),
    host: '127.0.0.1',
    port: 0,
    maxConcurrent: 100,
  });
  const address = await server.start();
  return {
    invoker: new HttpFunctionInvoker({ url: `${address}/transfer` }),
    close: () => server.close(),
  };
});

interface Answered {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: unknown;
}

/** Opens when it is told to, and counts those who came. */
class Gate {
  readonly opened: Promise<void>;
  open = (): void => undefined;
  private arrived = 0;
  private readonly watchers = new Set<() => void>();

  constructor() {
    this.opened = new Promise((resolve) => (this.open = resolve));
  }

  readonly pass = async (): Promise<string> => {
    this.arrived++;
    for (const watch of this.watchers) watch();
    await this.opened;
    return 'passed';
  };

  reachedBy(count: number): Promise<void> {
    return new Promise((resolve) => {
      const watch = (): void => {
        if (this.arrived >= count) resolve();
      };
      this.watchers.add(watch);
      watch();
    });
  }
}

describe('FunctionServer', () => {
  const closing: (() => unknown)[] = [];
  const log = new MemoryLog();
  let server: FunctionServer;
  let address: string;
  let port: number;
  let agent: http.Agent;

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    log.entries.length = 0;
  });

  const serve = async (
    functions: FunctionServerOptions['functions'],
    more: Partial<FunctionServerOptions> = {},
  ): Promise<void> => {
    agent = new http.Agent({ keepAlive: true });
    server = new FunctionServer({ functions, log, host: '127.0.0.1', port: 0, maxConcurrent: 4, ...more });
    closing.push(() => server.close());
    closing.push(() => agent.destroy());
    address = await server.start();
    port = Number(new URL(address).port);
  };

  const ask = async (
    method: string,
    path: string,
    body?: string | Buffer,
    headers: http.OutgoingHttpHeaders = { 'content-type': 'application/json' },
  ): Promise<Answered> => {
    const request = http.request({ host: '127.0.0.1', port, method, path, headers, agent });
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.on('response', resolve).on('error', reject).end(body);
    });
    const answer = await text(response);
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: answer === '' ? null : (JSON.parse(answer) as unknown),
    };
  };
  const call = (path: string, value: unknown = event): Promise<Answered> =>
    ask('POST', path, JSON.stringify(value));

  /** A connection of bytes, and all that came back on it by its end. */
  const talk = (bytes: string): { socket: Socket; heard: Promise<string> } => {
    const socket = connect(port, '127.0.0.1');
    closing.push(() => socket.destroy());
    socket.write(bytes);
    return { socket, heard: text(socket).catch(() => '') };
  };

  it('serves each function under its name', async () => {
    await serve({ register: async () => ({ errNo: 0 }), transfer: async (given) => given });
    expect(await call('/register')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: { errNo: 0 },
    });
    expect(await call('/transfer?key=1')).toMatchObject({ status: 200, body: event });
  });

  it.each([
    ['POST', '/nothing'],
    ['GET', '/nothing'],
    ['POST', '/'],
    ['POST', '/toString'],
    ['POST', '/%'],
  ])('answers 404 for %s %s', async (method, path) => {
    await serve({ transfer: async () => null });
    expect(await ask(method, path, method === 'POST' ? '{}' : undefined)).toMatchObject({
      status: 404,
      body: { errNo: 404, errMsg: 'no such function' },
    });
  });

  it.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND', 'HEAD'])('answers 405 for %s', async (method) => {
    const transfer = jest.fn(async () => null);
    await serve({ transfer });
    const body = method === 'HEAD' ? null : { errNo: 405, errMsg: 'a function is called by POST' };
    expect(await ask(method, '/transfer?a')).toMatchObject({ status: 405, headers: { allow: 'POST' }, body });
    expect(transfer).not.toHaveBeenCalled();
  });

  it.each([
    ['no JSON', '{"websocket":', 400, 400],
    ['nothing', '', 400, 400],
    ['more than 8 MiB', Buffer.alloc(8 * 1024 * 1024 + 1, ' '), 413, 106],
  ])('refuses %s for an event', async (_, body, status, errNo) => {
    const transfer = jest.fn(async () => null);
    await serve({ transfer });
    const answer = { status, body: { errNo, errMsg: expect.any(String) } };
    expect(await ask('POST', '/transfer', body)).toMatchObject(answer);
    const chunked = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    expect(await ask('POST', '/transfer', body, chunked)).toMatchObject(answer);
    expect(transfer).not.toHaveBeenCalled();
    expect(server.underWay).toBe(0);
  });

  it('takes an event of 8 MiB', async () => {
    await serve({ transfer: async (given) => (given as string).length });
    const body = JSON.stringify('\u0000'.repeat(1024 * 1024)).padEnd(8 * 1024 * 1024);
    expect(await ask('POST', '/transfer', body)).toMatchObject({ status: 200, body: 1024 * 1024 });
  });

  it.each([undefined, 'text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'nonsense'])(
    'takes no JSON that calls itself %s, as any page could send it',
    async (type) => {
      const transfer = jest.fn(async () => null);
      await serve({ transfer });
      const answer = await ask('POST', '/transfer', '{}', type ? { 'content-type': type } : {});
      expect(answer).toMatchObject({ status: 415, body: { errNo: 415 } });
      expect(transfer).not.toHaveBeenCalled();
    },
  );

  it.each([
    ['what is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 400],
    ['headers without end', `POST /transfer HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, 431],
  ])('answers %s in JSON', async (_, bytes, status) => {
    await serve({ transfer: async () => null });
    const heard = await talk(bytes).heard;
    expect(heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(heard.split('\r\n\r\n')[1] ?? '')).toMatchObject({ errNo: status });
  });

  it.each([
    ['nothing', ''],
    ['headers without end', 'POST /transfer HTTP/1.1\r\nHost: x\r\n'],
    [
      'a body without end',
      'POST /transfer HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    ],
  ])('waits only so long for a caller that sends %s', async (_, bytes) => {
    await serve({ transfer: async () => null }, { requestTimeoutMs: 400 });
    expect(await talk(bytes).heard).toMatch(/^HTTP\/1\.1 408 .*{"errNo":408,"errMsg":"[^"]+"}$/s);
    expect(server.underWay).toBe(0);
  });

  it('answers 500 for a function that throws, and logs which, for whom and why', async () => {
    const bug = new Error('the password is hunter2');
    await serve({
      cleanup: () => Promise.reject(bug),
      transfer: () => {
        throw bug;
      },
      register: async () => 1n,
    });
    const internal = { status: 500, body: { errNo: 500, errMsg: 'internal' } };
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect(await call('/cleanup')).toMatchObject(internal);
    const traced = { ...event, requestContext: { requestId: 'r2', traceparent } };
    expect(await call('/transfer', traced)).toMatchObject(internal);
    expect(await call('/register', { requestContext: { requestId: 'two\nlines' } })).toMatchObject(internal);
    expect(log.entries).toEqual([
      {
        level: 'error',
        message: 'a function failed',
        fields: { function: 'cleanup', requestId: 'request-1', connectionId: 'abc==', error: bug },
      },
      expect.objectContaining({
        fields: { function: 'transfer', requestId: 'r2', connectionId: 'abc==', traceparent, error: bug },
      }),
      expect.objectContaining({ fields: { function: 'register', error: expect.any(TypeError) } }),
    ]);
  });

  it.each([null, 1, 'x', [], {}, { requestContext: 1, websocket: null }])(
    'hands over %j as it is, and fails as well as with an event',
    async (value) => {
      const given: unknown[] = [];
      await serve({
        transfer: async (event) => {
          given.push(event);
          throw new Error('no event');
        },
      });
      expect(await call('/transfer', value)).toMatchObject({ status: 500 });
      expect(given).toEqual([value]);
    },
  );

  it('works off a burst, so many calls at once', async () => {
    const gate = new Gate();
    let running = 0;
    let most = 0;
    const transfer = async (): Promise<void> => {
      most = Math.max(most, ++running);
      if (running === 3) gate.open();
      await gate.pass();
      running--;
    };
    await serve({ transfer }, { maxConcurrent: 3 });
    // However long the others take, nobody has waited for too long.
    jest.useFakeTimers({ doNotFake: ['performance', 'setImmediate', 'nextTick', 'queueMicrotask'] });
    closing.push(() => jest.useRealTimers());
    const answers = await Promise.all(Array.from({ length: 200 }, () => call('/transfer')));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect([most, server.underWay, server.turnedAway]).toEqual([3, 0, 0]);
  });

  it('does not begin a call whose caller gave up waiting', async () => {
    const gate = new Gate();
    const transfer = jest.fn(gate.pass);
    await serve({ transfer }, { maxConcurrent: 1 });
    const first = call('/transfer');
    await gate.reachedBy(1);
    const invoker = new HttpFunctionInvoker({ url: `${address}/transfer` });
    closing.push(() => invoker.close());
    await expect(invoker.invoke(event, 200)).rejects.toBeInstanceOf(FunctionTimedOut);
    // By the time this is answered the server has seen the other connection's end.
    await ask('GET', '/nothing');
    gate.open();
    await first;
    expect(await call('/transfer')).toMatchObject({ status: 200 });
    expect(transfer).toHaveBeenCalledTimes(2);
  });

  it('turns calls away whose turn does not come, before their event was sent, and serves the next', async () => {
    const gate = new Gate();
    await serve({ register: gate.pass, transfer: gate.pass }, { maxConcurrent: 2 });
    const busy = [call('/register'), call('/transfer')];
    await gate.reachedBy(2);
    const head = 'Host: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n';
    const { socket } = talk(`POST /transfer HTTP/1.1\r\n${head}`);
    const answer = await new Promise((resolve) => socket.once('data', (data) => resolve(String(data))));
    expect(answer).toMatch(/^HTTP\/1\.1 503 .*retry-after: 1\r\n.*{"errNo":503,"errMsg":"[^"]+"}$/s);
    socket.destroy();
    const invoker = new HttpFunctionInvoker({ url: `${address}/transfer` });
    closing.push(() => invoker.close());
    const failure = await invoker.invoke(event, AMPLE_MS).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FunctionFailed);
    expect(failure).toMatchObject({ retryable: true });
    expect([server.underWay, server.turnedAway]).toEqual([2, 2]);
    gate.open();
    expect((await Promise.all(busy)).map(({ status }) => status)).toEqual([200, 200]);
    expect(await invoker.invoke(event, AMPLE_MS)).toBe('passed');
    expect([server.underWay, server.turnedAway]).toEqual([0, 2]);
  });

  it('counts a call until its function has ended, though the caller has gone', async () => {
    const gate = new Gate();
    await serve({ transfer: gate.pass }, { maxConcurrent: 1 });
    const invoker = new HttpFunctionInvoker({ url: `${address}/transfer` });
    const given = invoker.invoke(event, AMPLE_MS).catch((error: unknown) => error);
    await gate.reachedBy(1);
    await invoker.close();
    await given;
    expect(await call('/transfer')).toMatchObject({ status: 503 });
    gate.open();
    while (server.underWay > 0) await new Promise(setImmediate);
    expect(await call('/transfer')).toMatchObject({ status: 200 });
  });

  it('serves routes of the app beside the functions, however busy those are', async () => {
    const gate = new Gate();
    await serve(
      { transfer: gate.pass },
      { maxConcurrent: 1, routes: (app) => void app.get('/alive', () => ({ alive: true })) },
    );
    const busy = call('/transfer');
    await gate.reachedBy(1);
    expect(await ask('GET', '/alive')).toMatchObject({ status: 200, body: { alive: true } });
    gate.open();
    await busy;
  });

  it('keeps an idle connection for longer than callers do', async () => {
    await serve({ transfer: async () => 1 });
    const { headers } = await call('/transfer');
    expect(Number(/^timeout=(\d+)$/.exec(String(headers['keep-alive']))?.[1])).toBeGreaterThan(60);
  });

  it('says when the port is taken', async () => {
    await serve({ transfer: async () => 1 });
    const second = new FunctionServer({ functions: {}, log, host: '127.0.0.1', port, maxConcurrent: 1 });
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await second.close();
  });

  describe('when it is closed', () => {
    const connects = (): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.destroy());
        socket.on('error', () => resolve(false)).on('close', () => resolve(true));
      });

    const lastAnswer = (heard: string): string => heard.split('HTTP/1.1 ').at(-1) ?? '';
    /** Closes, and gives it the time to end early. */
    const beginToClose = async (): Promise<() => boolean> => {
      let closed = false;
      void server.close().then(() => (closed = true));
      for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
      return () => closed;
    };

    it('answers what is under way, first', async () => {
      const gate = new Gate();
      await serve({ transfer: gate.pass });
      const answer = call('/transfer');
      await gate.reachedBy(1);
      expect(server.isStopping).toBe(false);
      const closed = await beginToClose();
      expect([closed(), server.isStopping]).toEqual([false, true]);
      gate.open();
      expect(await answer).toMatchObject({ status: 200, headers: { connection: 'close' }, body: 'passed' });
      await server.close();
    });

    it('waits for a function whose caller has gone', async () => {
      const gate = new Gate();
      await serve({ transfer: gate.pass });
      const invoker = new HttpFunctionInvoker({ url: `${address}/transfer` });
      const given = invoker.invoke(event, AMPLE_MS).catch((error: unknown) => error);
      await gate.reachedBy(1);
      await invoker.close();
      await given;
      const closed = await beginToClose();
      expect(closed()).toBe(false);
      gate.open();
      await server.close();
    });

    it('listens no more, and refuses what comes on a connection that is open, once it is read', async () => {
      const register = jest.fn(async () => 'registered');
      await serve({ register });
      const head = 'POST /register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ';
      const kept = [talk(`${head}2\r\n\r\n{}`), talk(`${head}2\r\n\r\n{}`)] as const;
      for (const { socket } of kept) await new Promise((resolve) => socket.once('data', resolve));

      const close = server.close();
      while (await connects());
      const [slow, quick] = kept;
      slow.socket.write(`${head}4\r\n\r\n{ `);
      quick.socket.write(`${head}4\r\n\r\n{  }`);
      expect(lastAnswer(await quick.heard)).toMatch(/^503 .*retry-after: 1\r\n.*connection: close\r\n/is);
      expect(slow.socket.readableEnded).toBe(false);
      slow.socket.write(' }');
      expect(lastAnswer(await slow.heard)).toMatch(/^503 .*{"errNo":503,"errMsg":"stopping"}$/s);
      expect(register).toHaveBeenCalledTimes(2);
      await close;
    });

    it('loses no call of an invoker: each is answered, or may be made again', async () => {
      let calls = 0;
      let plenty = (): void => undefined;
      const begun = new Promise<void>((resolve) => (plenty = resolve));
      await serve(
        {
          transfer: async () => {
            if (++calls === 500) plenty();
            return calls;
          },
        },
        { maxConcurrent: 100 },
      );
      const invoker = new HttpFunctionInvoker({ url: `${address}/transfer` });
      closing.push(() => invoker.close());
      const untilItFails = async (): Promise<unknown> => {
        try {
          for (;;) await invoker.invoke(event, AMPLE_MS);
        } catch (error) {
          return error;
        }
      };
      const failures = Promise.all(Array.from({ length: 50 }, untilItFails));
      await begun;
      await server.close();
      for (const failure of await failures) expect(failure).toMatchObject({ retryable: true });
    });

    it('does not wait for callers that keep a connection and ask nothing', async () => {
      await serve({ transfer: async () => 1 });
      await call('/transfer');
      await server.close();
    });
  });
});
