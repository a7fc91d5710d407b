import * as https from 'node:https';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type FunctionFailed, FunctionTimedOut, type TransferEvent } from '@sendback/domain/gateway';
import { functionInvokerContract } from '@sendback/domain/gateway/testing';
import { TencentScfInvoker, type TencentScfOptions } from './tencent-scf-invoker';
import { selfSigned } from './testing/self-signed';
import { type Answering, answers, credential, refuses, returns, ScfApi, throws } from './testing/scf-api';

const AMPLE_MS = 20_000;

const event: TransferEvent = {
  requestContext: { requestId: 'request-1', stage: 'release', path: '/websocket', sourceIp: '10.0.2.14' },
  websocket: { action: 'data send', secConnectionID: 'abc==', dataType: 'text', data: 'hello' },
};

const options = { ...credential, region: 'ap-guangzhou', functionName: 'chat_transfer' };

functionInvokerContract('Tencent SCF', async (run) => {
  const api = await ScfApi.of(run);
  return {
    invoker: new TencentScfInvoker({ ...options, endpoint: api.endpoint }),
    close: () => api.close(),
  };
});

describe('TencentScfInvoker', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const invokerOf = (more: Partial<TencentScfOptions>): TencentScfInvoker => {
    const invoker = new TencentScfInvoker({ ...options, ...more });
    closing.push(() => invoker.close());
    return invoker;
  };
  const apiOf = async (answering: Answering, owner = credential): Promise<ScfApi> => {
    const api = await ScfApi.start(answering, owner);
    closing.push(() => api.close());
    return api;
  };
  const answeredBy = async (answering: Answering): Promise<TencentScfInvoker> =>
    invokerOf({ endpoint: (await apiOf(answering)).endpoint });
  const failureOf = (invoker: TencentScfInvoker, timeoutMs = AMPLE_MS): Promise<FunctionFailed> =>
    invoker.invoke(event, timeoutMs).then(
      () => Promise.reject(new Error('it did not fail')),
      (failure: unknown) => failure as FunctionFailed,
    );
  const causeOf = ({ cause }: FunctionFailed): string => (cause as Error | undefined)?.message ?? '';
  const listening = async (talk: (socket: Socket) => void): Promise<string> => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      talk(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it('asks for the function in its region, namespace and version, with the event as JSON', async () => {
    const api = await apiOf((response) => returns(response, 'null'));
    const { endpoint } = api;
    await invokerOf({ endpoint }).invoke(event, AMPLE_MS);
    await invokerOf({ endpoint, namespace: 'chat', qualifier: '7' }).invoke(event, AMPLE_MS);
    const [plain, precise] = api.asked;
    expect(plain?.parameters).toEqual({
      FunctionName: 'chat_transfer',
      Namespace: 'default',
      Qualifier: '$DEFAULT',
      LogType: 'None',
      Event: JSON.stringify(event),
    });
    expect(plain?.headers).toMatchObject({ 'x-tc-region': 'ap-guangzhou', 'x-tc-language': 'en-US' });
    expect(plain?.headers).not.toHaveProperty('x-tc-token');
    expect(precise?.parameters).toMatchObject({ Namespace: 'chat', Qualifier: '7' });
  });

  it('signs with temporary credentials too', async () => {
    const temporary = { ...credential, token: 'a-token-of-STS' };
    const api = await apiOf((response) => returns(response, '1'), temporary);
    const { endpoint } = api;
    expect(await invokerOf({ ...temporary, endpoint }).invoke(event, AMPLE_MS)).toBe(1);
    expect((await failureOf(invokerOf({ endpoint }))).message).toContain('AuthFailure.TokenFailure');
  });

  it.each([
    ['AuthFailure.SecretIdNotFound', { secretId: 'AKIDother' }],
    ['AuthFailure.SignatureFailure', { secretKey: 'another-key' }],
  ])('says %s when the API does, is not to be retried, and keeps the keys to itself', async (code, wrong) => {
    const { endpoint } = await apiOf((response) => returns(response, '1'));
    const failure = await failureOf(invokerOf({ ...wrong, endpoint }));
    expect(failure).toMatchObject({ code: 'function_failed', retryable: false });
    expect(failure.message).toBe(
      `the function chat_transfer in ap-guangzhou: ${code}: check secretId, secretKey and token (request 8f1f1a5c-0000-4000-8000-1f9d6b6d3c11)`,
    );
    for (const key of [credential.secretKey, ...Object.values(wrong)])
      expect(`${failure.stack} ${causeOf(failure)}`).not.toContain(key);
  });

  it.each([
    ['RequestLimitExceeded', true],
    ['RequestLimitExceeded.UinLimitExceeded', true],
    ['LimitExceeded.TotalConcurrencyMemory', true],
    ['ResourceInsufficient', true],
    ['ResourceUnavailable', true],
    ['ResourceUnavailable.Namespace', true],
    ['FailedOperation.FunctionStatusError', true],
    ['FailedOperation.FunctionVersionStatusNotActive', true],
    ['ResourceUnavailable.InsufficientBalance', false],
    ['FailedOperation', false],
    ['FailedOperation.InvokeFunction', false],
    ['InternalError', false],
    ['InternalError.System', false],
    ['InvalidParameter.Payload', false],
    ['ResourceNotFound.Function', false],
    ['UnauthorizedOperation.CAM', false],
    ['AuthFailure.SignatureExpire', false],
    ['RequestLimitExceededNot', false],
  ])('takes %s for a failure, retryable %s', async (code, retryable) => {
    const invoker = await answeredBy((response) => refuses(response, code));
    const failure = await failureOf(invoker);
    expect(failure).toMatchObject({ code: 'function_failed', retryable });
    expect(failure.message).toContain(`the function chat_transfer in ap-guangzhou: ${code}`);
    expect(causeOf(failure)).toBe(`about ${code}`);
  });

  it('calls once, whatever is answered', async () => {
    const api = await apiOf((response) => refuses(response, 'RequestLimitExceeded'));
    await failureOf(invokerOf({ endpoint: api.endpoint }));
    expect(api.asked).toHaveLength(1);
  });

  it('keeps the words of an exception as the cause, for the log', async () => {
    const invoker = await answeredBy((response) => throws(response, 'Error: no such room\n at main_handler'));
    const failure = await failureOf(invoker);
    expect(failure).toMatchObject({ code: 'function_failed', retryable: false });
    expect(failure.message).toBe(
      'the function chat_transfer in ap-guangzhou failed, status 430, request 6add56fa-58f1-11e8-89a9-5254005d5fdb',
    );
    expect(causeOf(failure)).toBe('Error: no such room\n at main_handler');
  });

  it.each([
    ['InvokeResult without a word', '', { InvokeResult: -1 }],
    ['ErrMsg alone', '', { ErrMsg: 'Process exited' }],
    ['a time-out of SCF', '{"errorCode":-1,"statusCode":433}', { ErrMsg: 'timed out', InvokeResult: 1 }],
    ['words of the function that look like SCF', '{"statusCode":430}', { ErrMsg: '{"statusCode":432}' }],
  ])('takes %s for a failure that is not to be retried', async (_, retMsg, more) => {
    const invoker = await answeredBy((response) => returns(response, retMsg, more));
    expect(await failureOf(invoker)).toMatchObject({ code: 'function_failed', retryable: false });
  });

  it.each([429, 432, 449])('may be called again when SCF did not start it, status %i', async (statusCode) => {
    const report = JSON.stringify({ errorCode: -1, errorMessage: 'ResourceLimitReached', statusCode });
    const invoker = await answeredBy((response, { parameters }) =>
      String(parameters['Event']).includes('hello')
        ? returns(response, report, { ErrMsg: 'ResourceLimitReached', InvokeResult: 1 })
        : returns(response, '', { ErrMsg: report, InvokeResult: 1 }),
    );
    for (const data of ['hello', 'again']) {
      const call = invoker.invoke({ ...event, websocket: { ...event.websocket, data } }, AMPLE_MS);
      await expect(call).rejects.toMatchObject({
        message: expect.stringContaining(`was not started, status ${statusCode}`),
        retryable: true,
      });
    }
  });

  it('takes a return value that is no JSON for a string, and none for null', async () => {
    const texts = ['hello from scf', ''];
    const invoker = await answeredBy((response) => returns(response, texts.shift() ?? 'x'));
    expect(await invoker.invoke(event, AMPLE_MS)).toBe('hello from scf');
    expect(await invoker.invoke(event, AMPLE_MS)).toBeNull();
  });

  it.each([{}, { Result: null }, { Result: 1 }, { Result: { RetMsg: 1 } }, { Result: { ErrMsg: {} } }])(
    'takes an answer of %j for a failure',
    async (content) => {
      const invoker = await answeredBy((response) => answers(response, content));
      expect(await failureOf(invoker)).toMatchObject({ code: 'function_failed', retryable: false });
    },
  );

  it.each(['', 'null', '[]', '1', '{}', '{"Response":null}', '<html>', '{"Response":{"Error":{}}}'])(
    'takes a body of %s for a failure',
    async (body) => {
      const invoker = await answeredBy((response) => response.end(body));
      expect(await failureOf(invoker)).toMatchObject({ code: 'function_failed', retryable: false });
    },
  );

  it.each([204, 302, 400, 404, 429, 500, 502, 503])(
    'takes an HTTP status of %i for a failure, and frees the connection, read or not',
    async (status) => {
      const { endpoint, asked } = await apiOf((response) => {
        response.writeHead(status, { location: '/' }).end(status === 204 ? '' : Buffer.alloc(1024 * 1024));
      });
      const invoker = invokerOf({ endpoint });
      const failures = await Promise.all(Array.from({ length: 300 }, () => failureOf(invoker)));
      for (const failure of failures)
        expect(failure).toMatchObject({ code: 'function_failed', retryable: false });
      expect(asked).toHaveLength(300);
    },
  );

  it('follows no redirect with the event', async () => {
    const other = await apiOf((response) => returns(response, '1'));
    const invoker = await answeredBy((response) =>
      response.writeHead(307, { location: other.endpoint }).end(),
    );
    expect((await failureOf(invoker)).message).toMatch(/redirect/);
    expect(other.asked).toEqual([]);
  });

  it.each([
    ['never answers', () => undefined],
    ['never ends its head', (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\n')],
    [
      'never ends its body',
      (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'),
    ],
    [
      'sends an endless event stream',
      (socket: Socket) =>
        void socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n'),
    ],
  ])('times out on an API that %s, and lets go of it', async (_, talk) => {
    let gone = (): void => undefined;
    const letGo = new Promise<void>((resolve) => (gone = resolve));
    const endpoint = await listening((socket) => {
      socket.on('close', gone).resume();
      talk(socket);
    });
    expect(await failureOf(invokerOf({ endpoint }), 2_000)).toBeInstanceOf(FunctionTimedOut);
    await letGo;
  });

  it('calls nothing whose time is over before it could begin', async () => {
    const api = await apiOf((response) => returns(response, '1'));
    const invoker = invokerOf({ endpoint: api.endpoint });
    const calls = Array.from({ length: 20 }, () => failureOf(invoker, 0));
    expect((await Promise.all(calls)).every((failure) => failure instanceof FunctionTimedOut)).toBe(true);
    expect(await invoker.invoke(event, AMPLE_MS)).toBe(1);
    expect(api.asked.length).toBeLessThanOrEqual(21);
  });

  it('waits for a free connection within the time, and serves those after', async () => {
    let silent = true;
    const invoker = await answeredBy((response) => {
      if (!silent) returns(response, '1');
    });
    const failures = await Promise.all(Array.from({ length: 300 }, () => failureOf(invoker, 1_500)));
    expect(failures.every((failure) => failure instanceof FunctionTimedOut)).toBe(true);
    silent = false;
    expect(await invoker.invoke(event, AMPLE_MS)).toBe(1);
  });

  it('uses its connection again', async () => {
    const { endpoint, asked } = await apiOf((response) => returns(response, '1'));
    const invoker = invokerOf({ endpoint });
    for (let call = 0; call < 5; call++) await invoker.invoke(event, AMPLE_MS);
    expect(new Set(asked.map(({ port }) => port)).size).toBe(1);
  });

  it('cuts off an answer that is too long, compressed or not', async () => {
    let gone = (): void => undefined;
    const cutOff = new Promise<void>((resolve) => (gone = resolve));
    const chunk = Buffer.alloc(64 * 1024, '1');
    const endless = await answeredBy((response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more).on('close', gone);
      more();
    });
    expect((await failureOf(endless)).message).toContain('longer than 8388608 bytes');
    await cutOff;
    const value = JSON.stringify({ Response: { Result: { RetMsg: '1' } } }).padEnd(9 * 1024 * 1024);
    const bomb = await answeredBy((response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(value)),
    );
    expect(await failureOf(bomb)).toMatchObject({ code: 'function_failed', retryable: false });
  });

  it('takes the largest return value of SCF, and sends the largest event it takes but no larger one', async () => {
    const api = await ScfApi.of(({ websocket }) => websocket.data);
    closing.push(() => api.close());
    const invoker = invokerOf({ endpoint: api.endpoint });
    const withData = (data: string): TransferEvent => ({ ...event, websocket: { ...event.websocket, data } });
    const rest = 6 * 1024 * 1024 - Buffer.byteLength(JSON.stringify(withData('')));
    const data = 'x'.repeat(rest);
    expect((await invoker.invoke(withData(data), AMPLE_MS)) === data).toBe(true);
    const larger = invoker.invoke(withData(`${data}y`), AMPLE_MS);
    await expect(larger).rejects.toMatchObject({
      message: expect.stringContaining('longer than 6291456 bytes'),
      retryable: false,
    });
    expect(api.asked).toHaveLength(1);
  });

  it.each(['127.0.0.1', 'localhost'])('may be called again when nobody listens on %s', async (host) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const failure = await failureOf(invokerOf({ endpoint: `http://${host}:${port}` }));
    expect(failure).toMatchObject({ code: 'function_failed', retryable: true });
    expect(failure.message).toContain('ECONNREFUSED');
  });

  it('may be called again when the name is unknown', async () => {
    const failure = await failureOf(invokerOf({ endpoint: 'http://nowhere.invalid' }));
    expect(failure).toMatchObject({ code: 'function_failed', retryable: true });
  });

  it('sends nothing to an API whose certificate it cannot verify', async () => {
    const { key, cert } = selfSigned();
    let asked = 0;
    const server = https.createServer({ key, cert }, () => asked++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    const failure = await failureOf(invokerOf({ endpoint: `https://localhost:${port}` }));
    expect(failure).toMatchObject({ code: 'function_failed', retryable: false });
    expect(failure.message).toMatch(/certificate/);
    expect(asked).toBe(0);
  });

  it('leaves it to the caller when the connection breaks over an event', async () => {
    const endpoint = await listening((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await failureOf(invokerOf({ endpoint }))).toMatchObject({
      code: 'function_failed',
      retryable: false,
    });
  });

  it.each(['', 'hush', 'ftp://hush', 'http://', 'https://hush/path', 'https://u:hush@h', 'https://h/?hush'])(
    'does not take %j for an endpoint',
    (endpoint) => {
      let failure: unknown;
      try {
        new TencentScfInvoker({ ...options, endpoint });
      } catch (error) {
        failure = error;
      }
      expect(failure).toBeInstanceOf(TypeError);
      expect((failure as Error).message).not.toContain('hush');
    },
  );
});
