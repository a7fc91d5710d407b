import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askMySql } from './ask-server';
import { type Recipe, run } from './local-server';
import { freePorts } from './ports';
import type { MariaDbPrograms } from './programs';

/** Of the database that is there from the start; its user may make more. */
const DATABASE = 'test';

/** A MariaDB on 127.0.0.1 whose files are all in the folder. */
export async function mariaDb(programs: MariaDbPrograms, folder: string): Promise<Recipe> {
  const [port = 0] = await freePorts(1);
  const password = randomBytes(16).toString('hex');
  const [data, temporary, init] = ['data', 'tmp', 'init.sql'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(data);
  mkdirSync(temporary);
  writeFileSync(init, initialStatements(password), { mode: 0o600 });
  const env = { PATH: process.env['PATH'], LANG: 'C.UTF-8' };
  const common = ['--no-defaults', `--datadir=${data}`, `--tmpdir=${temporary}`, ...asRoot(), ...SIZES];
  await run({
    file: programs.installDb,
    args: [...common, '--auth-root-authentication-method=normal', '--skip-test-db'],
    env,
  });
  const args = [
    ...common,
    `--socket=${join(folder, 's.sock')}`,
    `--pid-file=${join(folder, 'pid')}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_bin',
    '--max-connections=500',
    `--init-file=${init}`,
  ];
  return {
    url: `mysql://sendback:${password}@127.0.0.1:${port}/${DATABASE}`,
    helpers: [],
    server: { file: programs.server, args, env },
    ask: async (url) => (await askMySql(url)).name,
  };
}

/** Small; and what is committed survives a kill, which needs no wait for the disk: a power cut takes the suite with it. */
const SIZES = [
  '--innodb-buffer-pool-size=64M',
  '--innodb-log-file-size=16M',
  '--innodb-flush-log-at-trx-commit=2',
];

/** It does not run as root unless it is told to. */
function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

/** Run at every start, a line each. */
function initialStatements(password: string): string {
  return `CREATE DATABASE IF NOT EXISTS ${DATABASE};
CREATE USER IF NOT EXISTS 'sendback'@'127.0.0.1' IDENTIFIED BY '${password}';
GRANT ALL PRIVILEGES ON *.* TO 'sendback'@'127.0.0.1' WITH GRANT OPTION;
`;
}
