import * as http from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type FunctionFailed, FunctionTimedOut, type TransferEvent } from '@sendback/domain/gateway';
import { functionInvokerContract } from '@sendback/domain/gateway/testing';
import { HttpFunctionInvoker } from './http-function-invoker';

const AMPLE_MS = 20_000;

const event: TransferEvent = {
  requestContext: { requestId: 'request-1', stage: 'release', path: '/websocket', sourceIp: '10.0.2.14' },
  websocket: { action: 'data send', secConnectionID: 'abc==', dataType: 'text', data: 'hello' },
};

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

const end = (server: http.Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

functionInvokerContract('HTTP', async (run) => {
  const server = http.createServer((request, response) => {
    const answer = async (): Promise<void> => {
      try {
        const value = await run(JSON.parse(await text(request)) as TransferEvent);
        response.end(value === undefined ? '' : JSON.stringify(value));
      } catch {
        response.writeHead(500).end('{"errNo":500,"errMsg":"internal"}');
      }
    };
    void answer();
  });
  const port = await listen(server);
  return {
    invoker: new HttpFunctionInvoker({ url: `http://127.0.0.1:${port}/transfer` }),
    close: () => end(server),
  };
});

describe('HttpFunctionInvoker', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const invokerOf = (port: number, path = '/'): HttpFunctionInvoker => {
    const invoker = new HttpFunctionInvoker({ url: `http://127.0.0.1:${port}${path}` });
    closing.push(() => invoker.close());
    return invoker;
  };
  /** An HTTP server with this behaviour, and an invoker of it. */
  const serving = async (listener: http.RequestListener): Promise<HttpFunctionInvoker> => {
    const server = http.createServer(
      (request, response) => void request.resume().on('end', () => listener(request, response)),
    );
    closing.push(() => end(server));
    return invokerOf(await listen(server));
  };
  /** A server of bytes: `talk` is called with every connection and each piece that arrives on it. */
  const talking = async (talk: (socket: Socket, piece: string) => void): Promise<HttpFunctionInvoker> => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined).on('data', (piece) => talk(socket, piece.toString())));
    });
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    });
    return invokerOf(await listen(server));
  };
  const failureOf = (invoker: HttpFunctionInvoker, timeoutMs = AMPLE_MS): Promise<FunctionFailed> =>
    invoker.invoke(event, timeoutMs).then(
      () => Promise.reject(new Error('it did not fail')),
      (failure: unknown) => failure as FunctionFailed,
    );

  it('posts the event as JSON', async () => {
    const seen: unknown[] = [];
    const server = http.createServer((request, response) => {
      const { method, url, headers } = request;
      void text(request).then((body) => {
        seen.push([method, url, headers['content-type'], headers.authorization, JSON.parse(body)]);
        response.end();
      });
    });
    closing.push(() => end(server));
    const port = await listen(server);
    const invoker = new HttpFunctionInvoker({ url: `http://user:pass@127.0.0.1:${port}/fn?key=1` });
    closing.push(() => invoker.close());
    await invoker.invoke(event, AMPLE_MS);
    expect(seen).toEqual([['POST', '/fn?key=1', 'application/json', 'Basic dXNlcjpwYXNz', event]]);
  });

  it('sends the trace context as a header', async () => {
    const seen: unknown[] = [];
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const invoker = await serving(({ headers }, response) => {
      seen.push(headers['traceparent']);
      response.end();
    });
    await invoker.invoke({ ...event, requestContext: { ...event.requestContext, traceparent } }, AMPLE_MS);
    await invoker.invoke(event, AMPLE_MS);
    expect(seen).toEqual([traceparent, undefined]);
  });

  it.each([
    [500, {}, false],
    [404, {}, false],
    [204, {}, false],
    [201, {}, false],
    [302, { location: '/elsewhere' }, false],
    [429, {}, false],
    [503, {}, false],
    [429, { 'retry-after': '1' }, true],
    [503, { 'retry-after': '1' }, true],
    [500, { 'retry-after': '1' }, false],
  ])('takes %i %j as a failure, retryable %s', async (status, headers, retryable) => {
    let calls = 0;
    const invoker = await serving((_, response) => {
      calls++;
      response.writeHead(status, headers).end();
    });
    const failure = await failureOf(invoker);
    expect(failure).toMatchObject({ code: 'function_failed', retryable });
    expect(failure.message).toContain(`answered ${status}`);
    expect(calls).toBe(1);
  });

  it.each(['<html>', '{"errNo":0', 'undefined'])('takes %s as a failure', async (body) => {
    const invoker = await serving((_, response) => response.end(body));
    expect(await failureOf(invoker)).toMatchObject({ code: 'function_failed', retryable: false });
  });

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-'],
    ['half a body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"errNo"'],
    ['half a chunked body', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnull\r\n'],
    ['nothing', ''],
  ])('takes %s and a closed connection as a failure', async (_, bytes) => {
    const invoker = await talking((socket) => socket.end(bytes));
    expect(await failureOf(invoker)).toMatchObject({ code: 'function_failed', retryable: false });
  });

  it('takes a reset as a failure', async () => {
    const invoker = await talking((socket) => socket.resetAndDestroy());
    expect(await failureOf(invoker)).toMatchObject({ code: 'function_failed', retryable: false });
  });

  it('takes an answer that switches protocols as a failure, and does not wait for more', async () => {
    const invoker = await talking(
      (socket) =>
        void socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
    );
    expect(await failureOf(invoker)).toMatchObject({ code: 'function_failed', retryable: false });
  });

  it('cuts off an answer that is too long', async () => {
    let gone = (): void => undefined;
    const cutOff = new Promise<void>((resolve) => (gone = resolve));
    const chunk = Buffer.alloc(64 * 1024, '1');
    const invoker = await serving((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more).on('close', gone);
      more();
    });
    expect(await failureOf(invoker)).toMatchObject({ code: 'function_failed', retryable: false });
    await cutOff;
  });

  it.each([
    ['never answers', () => undefined],
    ['never ends its head', (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\n')],
    [
      'never ends its body',
      (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'),
    ],
  ])('times out on a server that %s', async (_, talk) => {
    const invoker = await talking(talk);
    expect(await failureOf(invoker, 200)).toBeInstanceOf(FunctionTimedOut);
  });

  it('times out on a body that comes byte by byte', async () => {
    const invoker = await talking((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
      const drip = setInterval(() => socket.write(' '), 20);
      socket.on('close', () => clearInterval(drip));
    });
    expect(await failureOf(invoker, 300)).toBeInstanceOf(FunctionTimedOut);
  });

  it('times out on calls that wait for a free connection, and serves those after them', async () => {
    let answer = false;
    const invoker = await serving((_, response) => answer && response.end('1'));
    const failures = await Promise.all(Array.from({ length: 300 }, () => failureOf(invoker, 1_000)));
    expect(failures.every((failure) => failure instanceof FunctionTimedOut)).toBe(true);
    answer = true;
    expect(await invoker.invoke(event, AMPLE_MS)).toBe(1);
  });

  it('ends the calls that wait for a free connection when it is closed', async () => {
    let waiting = 0;
    const invoker = await serving(() => ++waiting === 256 && void invoker.close());
    const failures = await Promise.all(Array.from({ length: 300 }, () => failureOf(invoker)));
    expect(failures.filter(({ message }) => message.endsWith('was closed'))).toHaveLength(300);
  });

  it('may be called again when nobody listens', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await failureOf(invokerOf(port))).toMatchObject({ code: 'function_failed', retryable: true });
    const byName = new HttpFunctionInvoker({ url: `http://localhost:${port}/` });
    closing.push(() => byName.close());
    expect(await failureOf(byName)).toMatchObject({ code: 'function_failed', retryable: true });
  });

  it('may be called again when the name is unknown', async () => {
    const invoker = new HttpFunctionInvoker({ url: 'http://nowhere.invalid/' });
    closing.push(() => invoker.close());
    expect(await failureOf(invoker)).toMatchObject({ code: 'function_failed', retryable: true });
  });

  it('uses its connection again', async () => {
    const ports = new Set<number | undefined>();
    const invoker = await serving(({ socket }, response) => {
      ports.add(socket.remotePort);
      response.end('1');
    });
    for (let call = 0; call < 5; call++) await invoker.invoke(event, AMPLE_MS);
    expect(ports.size).toBe(1);
  });

  it('lets go of an idle connection before a server would', async () => {
    let closed = (): void => undefined;
    const letGo = new Promise<void>((resolve) => (closed = resolve));
    const server = http.createServer({ keepAliveTimeout: 0 }, (_, response) => response.end('1'));
    server.on('connection', (socket) => socket.on('close', closed));
    closing.push(() => end(server));
    const invoker = invokerOf(await listen(server));
    await invoker.invoke(event, AMPLE_MS);
    await letGo;
  });

  it('connects anew where the server closed the connection between calls', async () => {
    const sockets: Socket[] = [];
    const invoker = await serving(({ socket }, response) => {
      sockets.push(socket);
      response.end('1');
    });
    await invoker.invoke(event, AMPLE_MS);
    const closed = new Promise((resolve) => sockets[0]?.on('close', resolve));
    sockets[0]?.end();
    await closed;
    expect(await invoker.invoke(event, AMPLE_MS)).toBe(1);
    expect(sockets[1]).not.toBe(sockets[0]);
  });

  it('leaves it to the caller when a connection that was used before is reset over an event', async () => {
    const sockets: Socket[] = [];
    const invoker = await talking((socket, piece) => {
      if (!piece.startsWith('POST')) return;
      if (sockets.push(socket) === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1');
      else socket.resetAndDestroy();
    });
    await invoker.invoke(event, AMPLE_MS);
    expect(await failureOf(invoker)).toMatchObject({ code: 'function_failed', retryable: false });
    expect(sockets).toHaveLength(2);
    expect(sockets[1]).toBe(sockets[0]);
  });

  it('says nothing of the secrets in its address', async () => {
    const url = (port: number): string => `http://user:hush1@127.0.0.1:${port}/hush2?key=hush3`;
    const server = http.createServer((_, response) => response.writeHead(500).end());
    const port = await listen(server);
    const invoker = new HttpFunctionInvoker({ url: url(port) });
    closing.push(() => invoker.close());
    const failures = [await failureOf(invoker)];
    await end(server);
    failures.push(await failureOf(invoker));
    await invoker.close();
    failures.push(await failureOf(invoker));
    for (const { message, cause } of failures) {
      expect(message).toContain(`127.0.0.1:${port}`);
      expect(
        `${message} ${JSON.stringify(cause)} ${(cause as Error | undefined)?.stack ?? ''}`,
      ).not.toContain('hush');
    }
  });

  it.each(['', 'hush', 'ftp://hush/', 'http://', 'file:///hush'])(
    'does not take %j for an address',
    (url) => {
      let failure: unknown;
      try {
        new HttpFunctionInvoker({ url });
      } catch (error) {
        failure = error;
      }
      expect(failure).toBeInstanceOf(TypeError);
      expect((failure as Error).message).not.toContain('hush');
    },
  );
});
