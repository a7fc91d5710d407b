import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder for each test; all are removed after the last, when nothing writes to them any more. */
export function temporaryFolder(): () => string {
  const folders: string[] = [];
  beforeEach(() => void folders.push(mkdtempSync(join(tmpdir(), 'sendback-'))));
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  return () => folders.at(-1) ?? '';
}
