import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { GuardedProcess, watch } from '@sendback/tools/services';

const LISTED = 'tools/bench/peers';
const CACHE = 'node_modules/.cache/bench-peers';
const FILES = ['package.json', 'package-lock.json'] as const;

/**
 * Where npm has put what a folder lists, `tools/bench/peers` by default: installed once for each state of that list.
 * @throws Error with what npm wrote
 */
export async function installedPeers(say: (line: string) => void, listed = LISTED): Promise<string> {
  const state = createHash('sha256');
  for (const file of FILES) state.update(readFileSync(join(listed, file)));
  const folder = resolve(CACHE, state.digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  say('installing the peers of npm');
  const fresh = `${folder}.${process.pid}`;
  const gone = watch({ kind: 'path', what: fresh });
  try {
    mkdirSync(fresh, { recursive: true });
    for (const file of FILES) copyFileSync(join(listed, file), join(fresh, file));
    const args = ['-c', 'cd "$0" && exec npm ci --ignore-scripts --no-audit --no-fund', fresh];
    const npm = await GuardedProcess.start({ file: '/bin/sh', args, env: process.env });
    if ((await npm.ended).code !== 0) throw new Error(`npm ci failed:\n${npm.output.slice(-2_000)}`);
    renameSync(fresh, folder);
    return folder;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    gone();
  }
}

/** A package of theirs. */
export function requireFrom(folder: string, name: string): unknown {
  return createRequire(join(folder, 'package.json'))(name);
}
