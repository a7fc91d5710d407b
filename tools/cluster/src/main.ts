import { parseArgs } from 'node:util';
import { untilSignal } from '@sendback/tools/services';
import { type Cluster, startCluster } from './cluster';
import type { ClusterSize } from './plan';
import { PrefixedLines } from './prefixed-lines';

const MOST_BROADCASTERS = 64;
const MOST_GATEWAYS = 16;

const HELP = `usage: npm run cluster -- [--broadcasters N] [--gateways N] [--port PORT] [--help]

Starts everything as processes of this machine, on 127.0.0.1: MariaDB and RabbitMQ of its own, the tables, two
function-hosts, broadcasters, the HTTP API and gateways. Prints where they are and what they log, and stops all of it
at Ctrl-C; nothing is kept. When a process ends by itself, the rest is stopped and the exit code is 1.

  --broadcasters  how many (2); up to the number of lanes, 8, they share the work
  --gateways      how many (1); clients and pushes are balanced among them
  --port          where clients connect (any free one)
  --help          prints this

environment:
  LOG_LEVEL  of the apps: debug, info, warn, error or silent (info)
`;

async function main({ broadcasters, gateways, port }: Options): Promise<number> {
  const lines = new PrefixedLines(process.stdout, process.stdout.isTTY);
  const say = (text: string): void => lines.hear('cluster', `${text}\n`);
  let lose: (code: number) => void = () => undefined;
  const lost = new Promise<number>((resolve) => (lose = resolve));
  const stopped = untilSignal().then(() => 0);
  const cluster = await startCluster({
    broadcasters,
    gateways,
    port,
    hear: (name, text) => lines.hear(name, text),
    lost: (name, how) => {
      say(`${name} ${how}`);
      lose(1);
    },
  });
  for (const line of addresses(cluster)) say(line);
  const code = await Promise.race([stopped, lost]);
  say('stopping');
  const codes = Object.entries(await cluster.stop());
  const failed = codes.filter(([, exit]) => exit !== 0);
  for (const [name, exit] of failed) say(exit === null ? `${name} was down` : `${name} exited with ${exit}`);
  return failed.length > 0 ? 1 : code;
}

function addresses({ mysql, amqp, functionHosts, broadcasters, api, gateways, plan }: Cluster): string[] {
  const parts = [...gateways, ...functionHosts, ...broadcasters, api];
  return [
    `WebSocket     ${plan.websocket}`,
    `reverse push  ${plan.reversePush}`,
    `HTTP API      ${plan.apiUrl}  with the token ${plan.apiToken}`,
    `database      ${plan.databaseUrl}  (${mysql.name})`,
    `queue         ${amqp.url}  (${amqp.name})`,
    ...parts.map(
      ({ name, pid, monitoring }) => `metrics       ${monitoring}/metrics  ${name}, pid ${pid ?? '?'}`,
    ),
    'Ctrl-C stops it.',
  ];
}

interface Options extends ClusterSize {
  readonly port: number | null;
}

function readOptions(): Options | 'help' {
  try {
    const { values } = parseArgs({
      options: {
        broadcasters: { type: 'string' },
        gateways: { type: 'string' },
        port: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) return 'help';
    return {
      broadcasters: numberOf('--broadcasters', values.broadcasters ?? '2', MOST_BROADCASTERS),
      gateways: numberOf('--gateways', values.gateways ?? '1', MOST_GATEWAYS),
      port: values.port === undefined ? null : numberOf('--port', values.port, 65_535),
    };
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${HELP}`);
    return process.exit(2);
  }
}

function numberOf(option: string, value: string, most: number): number {
  if (/^[1-9]\d{0,4}$/.test(value) && Number(value) <= most) return Number(value);
  throw new Error(`${option} must be a number from 1 to ${most}`);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const options = readOptions();
if (options === 'help') process.stdout.write(HELP);
else
  main(options).then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${messageOf(error)}\n`);
      process.exit(1);
    },
  );
