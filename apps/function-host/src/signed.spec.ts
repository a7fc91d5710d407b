import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metrics } from '@sendback/adapter/monitoring';
import { Database } from '@sendback/adapter/typeorm';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { composeFunctions, composeServer } from './compose';
import { readConfig } from './config';

const RAW = 'the-secret-of-last-year-is-32-long';
const ENCODED = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const CLEANUP = JSON.stringify({
  requestContext: { requestId: 'r' },
  websocket: { action: 'closing', secConnectionID: 'x', closeCode: '1000', closeReason: '' },
});

/** Nothing of ours: how anybody would sign a call by hand. */
const SIGNATURE = `
case "$SECRET" in
  whsec_*) KEY=$(printf %s "\${SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n') ;;
  *) KEY=$(printf %s "$SECRET" | od -An -v -tx1 | tr -d ' \\n') ;;
esac
printf '%s.%s.%s' "$ID" "$TIMESTAMP" "$BODY" |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | openssl base64 -A`;

function signed(secret: string, secondsAgo = 0): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1_000) - secondsAgo);
  const variables = { SECRET: secret, ID: 'r', TIMESTAMP: timestamp, BODY: CLEANUP };
  const env = { PATH: process.env['PATH'], ...variables };
  const signature = execFileSync('sh', ['-c', SIGNATURE], { env, encoding: 'utf8' });
  return { 'webhook-id': 'r', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

describe('the function host', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** Its address; the functions themselves only tell that they were called. */
  const start = async (secrets: Readonly<Record<string, string>>): Promise<string> => {
    const folder = mkdtempSync(join(tmpdir(), 'function-host-'));
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    const config = readConfig({
      DATABASE_URL: `sqlite:${join(folder, 'sendback.db')}`,
      SENDBACK_URL: 'http://127.0.0.1:8081/api-1',
      QUEUE_URL: 'database:',
      PORT: '0',
      ...secrets,
    });
    const log = new MemoryLog();
    const metrics = new Metrics('function-host');
    const called = { handle: async () => 'called' };
    const handlers = { register: called, transfer: called, cleanup: called };
    const database = composeFunctions(config, log, metrics).register.get(Database);
    closing.push(() => database.close());
    const server = composeServer(config, handlers, database, log, metrics);
    closing.push(() => server.close());
    return server.start();
  };
  const call = async (url: string, headers: Record<string, string>): Promise<unknown> => {
    const type = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers: { ...type, ...headers }, body: CLEANUP });
    return [response.status, await response.json()];
  };

  it('takes calls that its secrets signed, and no others, at every function', async () => {
    const address = await start({ FUNCTION_SECRET: `${RAW}, ${ENCODED}` });
    const refused = (errMsg: string): unknown => [401, { errNo: 203, errMsg }];
    for (const url of ['register', 'transfer', 'cleanup'].map((name) => `${address}/${name}`)) {
      expect(await call(url, signed(RAW))).toEqual([200, 'called']);
      expect(await call(url, signed(ENCODED))).toEqual([200, 'called']);
      expect(await call(url, {})).toEqual(refused('webhook-id is missing'));
      const strange = refused('webhook-signature is not by the secret of this function');
      expect(await call(url, signed(`${RAW}x`))).toEqual(strange);
      const stale = refused('webhook-timestamp is more than 300 seconds off');
      expect(await call(url, signed(RAW, 310))).toEqual(stale);
    }
  });

  it('leaves /healthz, /readyz and /metrics open', async () => {
    const address = await start({ FUNCTION_SECRET: RAW });
    // To make the tables may take longer than a check may.
    while (!(await fetch(`${address}/readyz`)).ok);
    const answers = await Promise.all(
      ['healthz', 'readyz', 'metrics'].map((path) => fetch(`${address}/${path}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    await Promise.all(answers.map((answer) => answer.text()));
  });

  it.each([{}, { FUNCTION_SECRET: '' }])('takes all calls without a secret, %j', async (secrets) => {
    expect(await call(`${await start(secrets)}/cleanup`, {})).toEqual([200, 'called']);
  });
});
