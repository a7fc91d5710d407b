import { randomBytes } from 'node:crypto';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import type { TransferEvent } from '@sendback/domain/gateway';
import { functionInvokerContract } from '@sendback/domain/gateway/testing';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { FunctionServer, type FunctionServerOptions } from './function-server';
import { HttpFunctionInvoker } from './http-function-invoker';
import { SigningSecret } from './signing-secret';
import { opensslSignature } from './testing/openssl-signature';

const AMPLE_MS = 20_000;
const OLD = 'the-secret-of-last-year-is-32-long';
const KEY = randomBytes(32);
const SECRET = `whsec_${KEY.toString('base64')}`;
const secrets = [new SigningSecret(OLD), new SigningSecret(SECRET)];

const event: TransferEvent = {
  requestContext: { requestId: 'request-1', stage: 'release', path: '/websocket', sourceIp: '10.0.2.14' },
  websocket: { action: 'data send', secConnectionID: 'abc==', dataType: 'text', data: 'hé 👩‍👩‍👧' },
};
const body = JSON.stringify(event);
const now = (): number => Math.floor(Date.now() / 1_000);

const serverOf = (
  more: Pick<FunctionServerOptions, 'functions'> & Partial<FunctionServerOptions>,
): FunctionServer =>
  new FunctionServer({
    log: new MemoryLog(),
    host: '127.0.0.1',
    port: 0,
    maxConcurrent: 100,
    secrets,
    ...more,
  });

functionInvokerContract('HTTP, signed and checked', async (run) => {
  const server = serverOf({ functions: { transfer: async (event) => run(event as TransferEvent) } });
  const url = `${await server.start()}/transfer`;
  return {
    invoker: new HttpFunctionInvoker({ url, secret: new SigningSecret(SECRET) }),
    close: () => server.close(),
  };
});

describe('A function server with secrets', () => {
  const log = new MemoryLog();
  const transfer = jest.fn(async (given: unknown) => given);
  let server: FunctionServer;
  let address: string;
  beforeAll(async () => {
    const routes: FunctionServerOptions['routes'] = (app) =>
      void app.get('/healthz', () => ({ status: 'ok' }));
    server = serverOf({ functions: { transfer }, log, routes });
    address = await server.start();
  });
  beforeEach(() => transfer.mockClear());
  afterAll(() => server.close());

  const post = async (headers: Record<string, string>, sent = body): Promise<unknown> => {
    const type = { 'content-type': 'application/json' };
    const response = await fetch(`${address}/transfer`, {
      method: 'POST',
      headers: { ...type, ...headers },
      body: sent,
    });
    return [response.status, await response.json()];
  };
  const refused = (errMsg: unknown): unknown => [401, { errNo: 203, errMsg }];
  const notOurs = refused('webhook-signature is not by the secret of this function');

  it('takes what openssl signed, by any of the secrets', async () => {
    expect(await post(opensslSignature(KEY, body))).toEqual([200, event]);
    expect(await post(opensslSignature(Buffer.from(OLD), body))).toEqual([200, event]);
  });

  it('takes one right signature among others, of secrets and versions it does not know', async () => {
    const headers = opensslSignature(KEY, body);
    const other = opensslSignature(randomBytes(32), body)['webhook-signature'] ?? '';
    const several = `v1a,AAAA ${other} v2,x ${headers['webhook-signature'] ?? ''}`;
    expect(await post({ ...headers, 'webhook-signature': several })).toEqual([200, event]);
  });

  it('takes a call that is made again, as it must for retries', async () => {
    const headers = opensslSignature(KEY, body);
    expect([await post(headers), await post(headers)]).toEqual([
      [200, event],
      [200, event],
    ]);
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])(
    'refuses a call without %s',
    async (name) => {
      const { [name]: _, ...headers } = opensslSignature(KEY, body);
      expect(await post(headers)).toEqual(refused(`${name} is missing`));
      expect(await post({ ...headers, [name]: '' })).toEqual(refused(`${name} is missing`));
      expect(transfer).not.toHaveBeenCalled();
    },
  );

  it.each([
    ['another secret', () => opensslSignature(randomBytes(32), body)],
    ['another body', () => opensslSignature(KEY, `${body} `)],
    ['another id', () => ({ ...opensslSignature(KEY, body), 'webhook-id': 'request-2' })],
    ['another time', () => ({ ...opensslSignature(KEY, body), 'webhook-timestamp': String(now() - 1) })],
    [
      'another version',
      () => {
        const headers = opensslSignature(KEY, body);
        return { ...headers, 'webhook-signature': `v2${headers['webhook-signature']?.slice(2) ?? ''}` };
      },
    ],
    ['half a signature', () => ({ ...opensslSignature(KEY, body), 'webhook-signature': 'v1,AAAA' })],
    ['no signature at all', () => ({ ...opensslSignature(KEY, body), 'webhook-signature': 'v1,' })],
    ['hundreds', () => ({ ...opensslSignature(KEY, body), 'webhook-signature': 'v1,AAAA '.repeat(900) })],
  ])('refuses the signature of %s', async (_, headers) => {
    expect(await post(headers())).toEqual(notOurs);
    expect(transfer).not.toHaveBeenCalled();
  });

  it.each([
    [-310, false],
    [-280, true],
    [280, true],
    [310, false],
  ])('given a request made %i s from now, takes it: %s', async (seconds, taken) => {
    const answer = await post(opensslSignature(KEY, body, 'request-1', now() + seconds));
    const stale = refused('webhook-timestamp is more than 300 seconds off');
    expect(answer).toEqual(taken ? [200, event] : stale);
  });

  it.each(['', 'now', '-1', '1e9', '1700000000.5', '0x6553f100', '9'.repeat(40)])(
    'does not take %j for a time',
    async (timestamp) => {
      const headers = { ...opensslSignature(KEY, body), 'webhook-timestamp': timestamp };
      expect(await post(headers)).toEqual(refused(expect.stringMatching(/^webhook-timestamp is /)));
    },
  );

  it('takes no id with a dot, which would let others part what was signed differently', async () => {
    expect(await post(opensslSignature(KEY, body, 'request.1'))).toEqual(refused('webhook-id is malformed'));
  });

  it('looks at the signature before it looks into the body', async () => {
    expect(await post(opensslSignature(randomBytes(32), '{'), '{')).toEqual(notOurs);
    expect(await post(opensslSignature(KEY, '{'), '{')).toEqual([400, expect.anything()]);
  });

  it('refuses strangers before they send a body, and gives them no turn', async () => {
    const { port } = new URL(address);
    const request = http.request({ port, host: '127.0.0.1', method: 'POST', path: '/transfer' });
    request.setHeader('content-type', 'application/json').setHeader('content-length', 1_000).flushHeaders();
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.on('response', resolve).on('error', reject);
    });
    expect([response.statusCode, JSON.parse(await text(response))]).toEqual(refused('webhook-id is missing'));
    expect(server.underWay).toBe(0);
    request.destroy();
  });

  it('leaves the routes of the app open', async () => {
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
  });

  it('refuses an invoker that has no secret, or another one, which is not to be retried', async () => {
    const url = `${address}/transfer`;
    for (const secret of [{}, { secret: new SigningSecret('x'.repeat(32)) }]) {
      const invoker = new HttpFunctionInvoker({ url, ...secret });
      const call = invoker.invoke(event, AMPLE_MS);
      await expect(call).rejects.toMatchObject({ message: expect.stringMatching(/ 401$/), retryable: false });
      await invoker.close();
    }
  });

  it('logs nothing of all this', () => {
    expect(log.entries).toEqual([]);
  });
});

describe('An invoker with a secret', () => {
  it.each([
    ['as base64', SECRET, KEY],
    ['as it is', OLD, Buffer.from(OLD)],
  ])('signs as openssl does, by a key given %s', async (_, secret, key) => {
    const seen: [http.IncomingHttpHeaders, string][] = [];
    const listener = http.createServer((request, response) => {
      void text(request).then((sent) => {
        seen.push([request.headers, sent]);
        response.end();
      });
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
    const invoker = new HttpFunctionInvoker({ url, secret: new SigningSecret(secret) });
    await invoker.invoke(event, AMPLE_MS);
    await invoker.close();
    listener.closeAllConnections();
    await new Promise((resolve) => listener.close(resolve));

    const [[headers, sent] = [{}, '']] = seen;
    const timestamp = Number(headers['webhook-timestamp']);
    expect(Math.abs(timestamp - now())).toBeLessThan(120);
    expect(headers).toMatchObject(opensslSignature(key, sent, event.requestContext.requestId, timestamp));
  });
});

describe('SigningSecret', () => {
  it.each([
    '',
    'hush'.repeat(7),
    `${'hush'.repeat(8)} `,
    `${'hush'.repeat(8)},`,
    `${'hush'.repeat(8)}é`,
    `whsec_${'hush'.repeat(7)}`,
    `whsec_${'hush'.repeat(8)}!`,
    `whsec_${'hush'.repeat(8)}h`,
  ])('is not %j', (secret) => {
    let failure: unknown;
    try {
      new SigningSecret(secret);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(TypeError);
    expect((failure as Error).message).not.toContain('hush');
  });

  it('does not show itself', () => {
    expect(
      JSON.stringify(new SigningSecret(OLD)) +
        inspect(new SigningSecret(OLD), { depth: 9, showHidden: true }),
    ).not.toContain('last-year');
  });
});
