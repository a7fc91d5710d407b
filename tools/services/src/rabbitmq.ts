import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askAmqp } from './ask-server';
import type { Recipe } from './local-server';
import { freePorts } from './ports';
import type { RabbitMqPrograms } from './programs';

/** A RabbitMQ on 127.0.0.1 whose files are all in the folder, with a port mapper of its own. */
export async function rabbitMq(programs: RabbitMqPrograms, folder: string): Promise<Recipe> {
  const [port = 0, distribution = 0, mapper = 0] = await freePorts(3);
  const password = randomBytes(16).toString('hex');
  const inFolder = (name: string): string => join(folder, name);
  for (const name of ['home', 'data', 'log']) mkdirSync(inFolder(name));
  writeFileSync(inFolder('rabbitmq.conf'), configuration(port, password), { mode: 0o600 });
  writeFileSync(inFolder('plugins'), '[].\n');
  const erlang = {
    PATH: process.env['PATH'],
    LANG: 'C.UTF-8',
    // Of the cookie with which nodes trust each other.
    HOME: inFolder('home'),
    ERL_EPMD_PORT: String(mapper),
    ERL_EPMD_ADDRESS: '127.0.0.1',
  };
  const env = {
    ...erlang,
    // The script becomes the server instead of starting it: its pid is the server's.
    RUNNING_UNDER_SYSTEMD: '1',
    RABBITMQ_NODENAME: 'sendback@localhost',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_MNESIA_BASE: inFolder('data'),
    RABBITMQ_LOG_BASE: inFolder('log'),
    RABBITMQ_CONFIG_FILE: inFolder('rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: inFolder('plugins'),
    // What a packaged server is configured with is none of this one's business; there are no such files.
    RABBITMQ_CONF_ENV_FILE: inFolder('rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILES: inFolder('conf.d'),
    RABBITMQ_ADVANCED_CONFIG_FILE: inFolder('advanced.config'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: ARGUMENTS,
  };
  return {
    url: `amqp://sendback:${password}@127.0.0.1:${port}/%2F`,
    // Without it, the server would start one that outlives it.
    helpers: [
      {
        command: {
          file: programs.epmd,
          args: ['-port', String(mapper), '-address', '127.0.0.1'],
          env: erlang,
        },
        port: mapper,
      },
    ],
    server: { file: programs.server, args: [], env },
    ask: askAmqp,
  };
}

/** Nothing listens beyond loopback, and threads without work sleep instead of waiting busily for some. */
const ARGUMENTS = '-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none';

function configuration(port: number, password: string): string {
  return `listeners.tcp.1 = 127.0.0.1:${port}
default_user = sendback
default_pass = ${password}
raft.wal_max_size_bytes = 16777216
log.file = false
log.console = true
log.console.level = warning
`;
}
