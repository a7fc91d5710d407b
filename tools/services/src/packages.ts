import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { run } from './local-server';
import { watch } from './watchdog';

/** Where Debian's packages ask whether they may start what they install; 101 is no. */
const POLICY = '/usr/sbin/policy-rc.d';

/** Whether packages can be installed here: by root, on Debian itself and what calls itself similar, Ubuntu among them. */
export function canInstall(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Installs Debian packages, and starts none of the services in them.
 * @throws Error with what apt-get wrote
 */
export async function install(packages: readonly string[]): Promise<void> {
  const allowServices = forbidServices();
  try {
    await aptGet('update');
    await aptGet('install', '-y', '--no-install-recommends', ...packages);
  } finally {
    allowServices();
  }
}

/** Leaves a policy alone that is there already: in most containers it says no. */
function forbidServices(): () => void {
  if (existsSync(POLICY)) return () => undefined;
  const gone = watch({ kind: 'path', what: POLICY });
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return () => {
    rmSync(POLICY);
    gone();
  };
}

async function aptGet(...args: string[]): Promise<void> {
  await run({
    file: 'apt-get',
    args: ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
