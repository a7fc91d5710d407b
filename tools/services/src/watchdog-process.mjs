// Does away with what must not outlive the process that started this one. That process says, a line each, what is to go
// and what is gone already; whatever is left when the pipe from it closes, be it by a kill -9, goes.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const doAway = {
  group: (pid) => process.kill(-pid, 'SIGKILL'),
  container: (name) => spawnSync('docker', ['rm', '--force', '--volumes', name], { stdio: 'ignore' }),
  path: (path) => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
};

const left = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const { kind, what, gone } = JSON.parse(line);
  if (gone) left.delete(`${kind} ${what}`);
  else left.set(`${kind} ${what}`, { kind, what });
}
// Processes first: what still runs would write into its folder.
for (const wanted of Object.keys(doAway)) {
  for (const { kind, what } of left.values()) {
    if (kind !== wanted) continue;
    try {
      doAway[kind](what);
    } catch {
      // It is gone, or not ours to remove.
    }
  }
}
