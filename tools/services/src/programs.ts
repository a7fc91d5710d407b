import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';

/** Where packages put servers; the PATH of most users leaves out the first two. */
const USUAL = [
  '/usr/sbin',
  '/usr/libexec',
  '/usr/local/sbin',
  '/usr/bin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
  '/opt/homebrew/opt/mariadb/bin',
  '/usr/local/opt/mariadb/bin',
  '/usr/lib/erlang/bin',
];

const RABBITMQ = ['/opt/rabbitmq/sbin', '/opt/homebrew/opt/rabbitmq/sbin', '/usr/local/opt/rabbitmq/sbin'];
const RABBITMQ_PACKAGES = '/usr/lib/rabbitmq/lib';

export interface MariaDbPrograms {
  readonly server: string;
  /** Makes a data directory. */
  readonly installDb: string;
}

export interface RabbitMqPrograms {
  readonly server: string;
  /** Erlang's port mapper. */
  readonly epmd: string;
}

export function findMariaDb(): MariaDbPrograms | null {
  const server = find(['mariadbd', 'mysqld']);
  const installDb = find(['mariadb-install-db', 'mysql_install_db']);
  return server && installDb ? { server, installDb } : null;
}

export function findRabbitMq(): RabbitMqPrograms | null {
  const folders = [...packagedRabbitMq(), ...RABBITMQ, ...path(), ...USUAL];
  const server = folders.map((folder) => join(folder, 'rabbitmq-server')).find(isRabbitMqItself);
  const epmd = find(['epmd']);
  return server && epmd ? { server, epmd } : null;
}

/** The first of these programs that is installed; null when none is. */
export function find(names: readonly string[]): string | null {
  const folders = [...path(), ...USUAL];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram) ?? null;
}

function path(): string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
}

function packagedRabbitMq(): string[] {
  try {
    const versions = readdirSync(RABBITMQ_PACKAGES).filter((name) => name.startsWith('rabbitmq_server-'));
    return versions.map((version) => join(RABBITMQ_PACKAGES, version, 'sbin'));
  } catch {
    return [];
  }
}

/** Packages put a script of the same name on the PATH, which changes to a user of its own. */
function isRabbitMqItself(file: string): boolean {
  if (!isProgram(file)) return false;
  const real = realpathSync(file);
  return basename(real) === 'rabbitmq-server' && isFile(join(dirname(real), 'rabbitmq-env'));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return isFile(file);
  } catch {
    return false;
  }
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}
