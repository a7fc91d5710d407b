import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiToken } from './api-token';

describe('the token of the HTTP API', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sendback-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is made once, and only its owner can read it', () => {
    const first = apiToken(join(folder, 'data'));
    expect(first).toMatchObject({ isNew: true, token: expect.stringMatching(/^[\w-]{32}$/) as string });
    expect(statSync(first.file).mode & 0o777).toBe(0o600);
    expect(apiToken(join(folder, 'data'))).toEqual({ ...first, isNew: false });
    expect(apiToken(join(folder, 'other')).token).not.toBe(first.token);
  });

  it('is never empty', () => {
    const { file } = apiToken(join(folder, 'empty'));
    writeFileSync(file, '');
    expect(() => apiToken(join(folder, 'empty'))).toThrow('holds no token');
  });
});
