// Its promises are loaded when they are first used, node:fs/promises would be by every function that starts.
import { constants, promises as fs } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseFailure } from './failure';

const HEADER = 'SQLite format 3\0';

/**
 * Makes the folder of a database file, and looks at the file before SQLite does: every failed attempt to open costs the
 * process a descriptor.
 * @throws DatabaseFailure that names the path
 */
export async function prepareSqliteFile(path: string): Promise<void> {
  const fail = (reason: string, cause?: unknown): never => {
    throw new DatabaseFailure(`sqlite:${path}: ${reason}`, null, { cause });
  };
  const folder = dirname(path);
  await fs
    .mkdir(folder, { recursive: true })
    .catch((cause: unknown) => fail('its folder cannot be made', cause));
  const file = await fs.stat(path).catch(() => null);
  if (file && !file.isFile()) fail('is not a file');
  await fs
    .access(file ? path : folder, constants.R_OK | constants.W_OK)
    .catch((cause: unknown) => fail('cannot be written', cause));
  if (file && file.size > 0 && (await firstBytes(path)) !== HEADER) fail('is not a SQLite database');
}

async function firstBytes(path: string): Promise<string> {
  const file = await fs.open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER.length), 0, HEADER.length, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}
