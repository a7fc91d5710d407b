import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CryptoIdSource, readTlsFiles, SystemClock } from '@sendback/adapter/node';
import { parsePush, PushListener } from '@sendback/adapter/websocket';
import { Gateway, newApiId, UNLIMITED } from '@sendback/domain/gateway';
import {
  MemoryClientSocket,
  MemoryConnectionIds,
  MemoryFunctionInvoker,
  MemoryNodeForwarder,
  MemorySessionLedger,
} from '@sendback/domain/gateway/testing';
import { Pusher, type PushReport } from '@sendback/domain/messaging';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { composeTransfer } from './compose';
import { readConfig } from './config';

jest.setTimeout(60_000);

const TOKEN = '0123456789abcdef0123456789abcdef';
const folder = mkdtempSync(join(tmpdir(), 'sendback-push-'));
const path = (name: string): string => join(folder, name);

/** NAME.crt, which is its own CA, and NAME.key. */
function makeCertificate(name: string): void {
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', path(`${name}.key`), '-out', path(`${name}.crt`)];
  execFileSync('openssl', ['req', ...kind, ...names, ...files], { stdio: 'ignore' });
}

describe('a push listener that asks for certificate and token', () => {
  const log = new MemoryLog();
  const clock = new SystemClock();
  const ids = new CryptoIdSource();
  const id = newApiId(ids);
  const gateway = new Gateway({
    apis: [
      {
        id,
        serviceName: 'chat',
        stage: 'release',
        path: '/websocket',
        backendTimeoutSeconds: 600,
        integrationResponse: false,
        handOversAtOnce: 1,
        limits: { all: UNLIMITED, perAddress: UNLIMITED },
        functions: { transfer: { invoker: new MemoryFunctionInvoker(clock), timeoutMs: 1_000 } },
      },
    ],
    ledger: new MemorySessionLedger(clock),
    clock,
    ids,
    log,
    parsePush,
    nodes: { connectionIds: new MemoryConnectionIds(ids, 1), forwarder: new MemoryNodeForwarder() },
    tenureLost: () => undefined,
  });
  let listener: PushListener;
  let address: string;
  let socket: MemoryClientSocket;

  beforeAll(async () => {
    for (const name of ['server', 'function', 'stranger']) makeCertificate(name);
    const files = { cert: path('server.crt'), key: path('server.key'), clientCa: path('function.crt') };
    const tls = readTlsFiles('gateway.yaml: reversePush.tls', files);
    listener = new PushListener({ gateway, log, port: 0, tls, tokens: ['x'.repeat(32), TOKEN] });
    address = `https://127.0.0.1:${(await listener.start()).port}/${id}`;
    await gateway.start('node', new URL(address).origin);
    const route = gateway.routes.match('/release/websocket');
    if (!route) throw new Error('no route');
    const admission = await gateway.admitClient.execute(route, {
      sourceIp: '',
      headers: {},
      queryString: {},
    });
    if (admission.outcome !== 'admitted') throw new Error(admission.outcome);
    socket = new MemoryClientSocket(admission.session);
    admission.session.open(socket);
  });
  afterAll(async () => {
    await gateway.drain({ windowMs: 0, graceMs: 0 });
    await listener.close();
    rmSync(folder, { recursive: true });
  });

  async function push(env: NodeJS.ProcessEnv, connectionIds: readonly string[]): Promise<PushReport> {
    const all = { DATABASE_URL: 'sqlite:unused.db', QUEUE_URL: 'database:', SENDBACK_URL: address, ...env };
    const pusher = composeTransfer(readConfig(all), log).get(Pusher);
    return pusher.push({ pushAddress: null, connectionIds }, [
      { messageId: 'm', payload: { dataType: 'text', data: 'hello' } },
    ]);
  }

  const all = {
    SENDBACK_TOKEN: TOKEN,
    SENDBACK_CA: path('server.crt'),
    SENDBACK_CERT: path('function.crt'),
    SENDBACK_KEY: path('function.key'),
  };

  it('is pushed to by a function that has both, singly and in batches', async () => {
    const [connection = ''] = gateway.apis[0]?.sessions.keys() ?? [];
    expect(await push(all, [connection])).toEqual({ gone: [], slow: [], failed: [] });
    expect(socket.received).toHaveLength(1);
    expect(await push(all, [connection, 'nobody'])).toEqual({ gone: ['nobody'], slow: [], failed: [] });
  });

  it.each([
    ['without a token', { SENDBACK_TOKEN: undefined }, /^HTTP 401 errNo 203: not permitted/, false],
    ['with another token', { SENDBACK_TOKEN: 'y'.repeat(32) }, /^HTTP 401 errNo 203: not permitted/, false],
    ['that does not know its CA', { SENDBACK_CA: undefined }, /self-signed certificate/, true],
    ['that knows another CA', { SENDBACK_CA: path('stranger.crt') }, /self-signed certificate/, true],
    ['without a certificate', { SENDBACK_CERT: undefined, SENDBACK_KEY: undefined }, /./, true],
    [
      'with the certificate of a stranger',
      { SENDBACK_CERT: path('stranger.crt'), SENDBACK_KEY: path('stranger.key') },
      /./,
      true,
    ],
  ])('is not pushed to by a function %s', async (_, env, reason, retryable) => {
    const { failed } = await push({ ...all, ...env }, ['a']);
    expect(failed).toEqual([
      { connectionIds: ['a'], reason: expect.stringMatching(reason) as string, retryable },
    ]);
  });

  it('leaves no secret in the log', () => {
    const logged = JSON.stringify(log.entries);
    for (const secret of [id, TOKEN, readFileSync(all.SENDBACK_KEY, 'utf8').split('\n')[1]])
      expect(logged).not.toContain(secret);
  });
});
