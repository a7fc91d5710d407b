import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ApiToken {
  readonly token: string;
  /** Where it is kept, for its owner's eyes only. */
  readonly file: string;
  /** True when it was made just now. */
  readonly isNew: boolean;
}

/** The token of the HTTP API: made at the first start, and the same ever after. Delete the file to have another one. */
export function apiToken(dataDir: string): ApiToken {
  const file = join(dataDir, 'api-token');
  mkdirSync(dataDir, { recursive: true });
  const token = randomBytes(24).toString('base64url');
  try {
    writeFileSync(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
    return { token, file, isNew: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { token: tokenIn(file), file, isNew: false };
  }
}

function tokenIn(file: string): string {
  const token = readFileSync(file, 'utf8').trim();
  if (/^[\w-]{16,}$/.test(token)) return token;
  throw new Error(`${file} holds no token: delete it, and one is made at the next start`);
}
