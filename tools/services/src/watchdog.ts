import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { resolve } from 'node:path';

/** The pid of a process group, the name of a Docker container, or the path of a file or folder. */
export type Charge =
  | { readonly kind: 'group'; readonly what: number }
  | { readonly kind: 'container' | 'path'; readonly what: string };

const SCRIPT = resolve(__dirname, '../../..', 'tools/services/src/watchdog-process.mjs');

let watchdog: ChildProcess | null = null;
let charges = 0;

/**
 * Has it done away with when this process ends, in whatever way. Nothing of this process survives a kill -9, so a
 * small process of its own sees to that, for as long as there is something to see to.
 * @returns to be called when it is gone
 */
export function watch(charge: Charge): () => void {
  watchdog ??= unleash();
  charges++;
  const { stdin } = watchdog;
  stdin?.write(`${JSON.stringify(charge)}\n`);
  let gone = false;
  return () => {
    if (gone) return;
    gone = true;
    stdin?.write(`${JSON.stringify({ ...charge, gone })}\n`);
    if (--charges > 0) return;
    stdin?.end();
    watchdog = null;
  };
}

/** In a session of its own, so that a Ctrl-C in the terminal does not reach it. */
function unleash(): ChildProcess {
  const child = spawn(process.execPath, [SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}
