import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '@sendback/adapter/typeorm';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { composeApi, HttpApi } from './compose';
import { readConfig } from './config';

const environment = {
  DATABASE_URL: 'sqlite:unused.db',
  SENDBACK_URL: 'http://127.0.0.1:8081/api-1',
  QUEUE_URL: 'database:',
  API_TOKENS: 'first-0123456789, second-0123456789',
};

describe('the API', () => {
  it('is wired', () => {
    expect(composeApi(readConfig(environment), new MemoryLog()).get(HttpApi)).toBeInstanceOf(HttpApi);
  });

  it('names every variable that is missing, and has a default for the others', () => {
    expect(() => readConfig({})).toThrow(
      'DATABASE_URL is missing\nSENDBACK_URL is missing\nQUEUE_URL is missing\nAPI_TOKENS is missing',
    );
    expect(readConfig(environment)).toMatchObject({ HOST: '127.0.0.1', PORT: 8070, LOG_LEVEL: 'info' });
  });

  it('takes several tokens', () => {
    expect(readConfig(environment).API_TOKENS).toEqual(['first-0123456789', 'second-0123456789']);
  });

  it.each([
    'tooshort',
    'first-0123456789,',
    'first-0123456789,tooshort',
    'with white space',
    'naïve-0123456789',
  ])('refuses the tokens %j without repeating them', (API_TOKENS) => {
    const read = (): unknown => readConfig({ ...environment, API_TOKENS });
    expect(read).toThrow('API_TOKENS is malformed: must be tokens of 16');
    expect(read).not.toThrow(API_TOKENS);
  });
});

describe('the API, to those who watch it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sendback-api-'));
  const DATABASE_URL = `sqlite:${join(folder, 'sendback.db')}`;
  const container = composeApi(readConfig({ ...environment, DATABASE_URL, PORT: '0' }), new MemoryLog());
  let port: number;

  beforeAll(async () => {
    ({ port } = await container.get(HttpApi).start());
    // To make the tables may take longer than a check may.
    while (!(await get('/readyz')).ok);
  });
  afterAll(async () => {
    await container.get(HttpApi).close();
    await container.get(Database).close();
    rmSync(folder, { recursive: true });
  });

  const get = (path: string, headers = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers });

  it('shows whether database and queue answer, without a token', async () => {
    expect(await (await get('/readyz')).json()).toEqual({
      status: 'ok',
      checks: { database: 'ok', queue: 'ok' },
    });
  });

  it('shows its requests by route, without a token', async () => {
    await get('/v1/connections');
    await get('/v1/connections/nobody', { authorization: 'Bearer first-0123456789' });
    const text = await (await get('/metrics')).text();
    const count = (route: string, status: number): string =>
      `sendback_http_request_duration_seconds_count{app="api",method="GET",route="${route}",status="${status}"} 1\n`;
    expect(text).toContain(count('/v1/connections', 401));
    expect(text).toContain(count('/v1/connections/:id', 404));
  });
});
