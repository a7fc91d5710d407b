import { accessSync, constants } from 'node:fs';
import { canInstall, findProgram, install } from '@sendback/tools/services';

/** Where Debian puts what nginx loads. */
const MODULES = '/usr/lib/nginx/modules';

/** What of Debian a peer is run from. */
interface Packaged {
  readonly peer: string;
  readonly packages: readonly string[];
  readonly isThere: () => boolean;
}

export const NCHAN_MODULE = `${MODULES}/ngx_nchan_module.so`;

const PACKAGED: readonly Packaged[] = [
  {
    peer: 'nchan',
    packages: ['nginx', 'libnginx-mod-nchan'],
    isThere: () => findProgram(['nginx']) !== null && isFile(NCHAN_MODULE),
  },
  {
    peer: 'Pushpin',
    packages: ['pushpin'],
    isThere: () =>
      ['condure', 'zurl', 'pushpin-proxy', 'pushpin-handler'].every((name) => findProgram([name])),
  },
];

/** Installs what is missing of these peers, as root on Debian or Ubuntu. What cannot be had is told of at its start. */
export async function installPeers(names: readonly string[], say: (line: string) => void): Promise<void> {
  const missing = PACKAGED.filter(({ peer, isThere }) => names.includes(peer) && !isThere());
  if (missing.length === 0 || !canInstall()) return;
  const packages = missing.flatMap((one) => one.packages);
  say(`${missing.map(({ peer }) => peer).join(' and ')}: not installed; installing ${packages.join(', ')}`);
  await install(packages).catch((error: unknown) => say(`not installed: ${String(error)}`));
}

/** @throws Error that says what to install */
export function requirePeer(name: string): void {
  const packaged = PACKAGED.find(({ peer }) => peer === name);
  if (!packaged || packaged.isThere()) return;
  throw new Error(`not installed (Debian, Ubuntu: apt-get install ${packaged.packages.join(' ')})`);
}

/** @throws Error when it is not there */
export function program(name: string): string {
  const file = findProgram([name]);
  if (file === null) throw new Error(`${name} is not installed`);
  return file;
}

function isFile(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
