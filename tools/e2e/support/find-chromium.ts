import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const INSTALL_MS = 600_000;

/**
 * The browser that the page is tested in: `CHROME_PATH`, else the first Chromium or Chrome on the PATH. Where there
 * is none, root on Debian or Ubuntu gets the package `chromium` installed, which takes minutes.
 * @throws Error that says what to do. Tests of the page fail without a browser, they are never left out.
 */
export function findChromium(): string {
  const chosen = process.env['CHROME_PATH'];
  if (chosen) {
    if (isExecutable(chosen)) return chosen;
    throw new Error(`CHROME_PATH is no executable file: ${chosen}`);
  }
  const found = onPath();
  if (found) return found;
  const problem = process.getuid?.() === 0 && isDebian() ? install() : null;
  const installed = onPath();
  if (installed) return installed;
  const advice = 'Chromium is missing: install it (Debian: apt-get install chromium) or set CHROME_PATH';
  throw new Error(advice, { cause: problem });
}

function onPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Debian itself and what calls itself similar, Ubuntu among them. */
function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/** Returns what went wrong, if anything did. */
function install(): unknown {
  process.stderr.write('Chromium is missing: installing the package chromium with apt-get.\n');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]): void => {
    const options = ['-o', 'DPkg::Lock::Timeout=300', ...args];
    execFileSync('apt-get', options, { env, stdio: ['ignore', 'ignore', 'inherit'], timeout: INSTALL_MS });
  };
  try {
    apt('update');
    apt('install', '-y', '--no-install-recommends', 'chromium');
    return null;
  } catch (error) {
    return error;
  }
}
