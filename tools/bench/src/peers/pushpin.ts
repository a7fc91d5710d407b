import { writeFileSync } from 'node:fs';
import { Agent, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePorts, LocalServer, type Recipe } from '@sendback/tools/services';
import { PLAIN, textOf } from '../fanout/message';
import type { Served } from '../fanout/served';
import { post } from '../fanout/tool-process';
import { withOpenFiles } from '../support/open-files';
import { withChildren } from '../support/process-usage';
import { program, requirePeer } from './programs';

/** What bounds it: deliveries a second, and deliveries that may wait for their turn. */
interface Rates {
  readonly rate: number;
  readonly highWater: number;
}

/** As it comes. */
export const PUSHPIN_DEFAULT: Rates = { rate: 2_500, highWater: 25_000 };
/** As who fans out to thousands would set it: so that neither is what bounds it. */
export const PUSHPIN_TUNED: Rates = { rate: 1_000_000, highWater: 1_000_000 };

const TO_SUBSCRIBE = 'Sec-WebSocket-Extensions';

/** Clients connect by WebSocket, the origin hears of it by HTTP and subscribes them, messages are posted to Pushpin. */
export async function startPushpin(name: string, groups: readonly number[], rates: Rates): Promise<Served> {
  requirePeer('Pushpin');
  const [port = 0, control = 0] = await freePorts(2);
  const origin = await serveOrigin();
  const { port: originPort } = origin.address() as AddressInfo;
  const ports = { port, control, origin: originPort };
  const server = await LocalServer.create((folder) => Promise.resolve(recipe(folder, ports, rates)));
  const agent = new Agent({ keepAlive: true });
  return {
    name,
    port,
    groups: groups.map((count) => ({ path: `/${count}`, count })),
    dialect: PLAIN,
    pids: () => withChildren(server.pids),
    publish: (number, { clients, bytes }) => {
      const formats = { 'ws-message': { content: textOf(number, bytes) } };
      const body = JSON.stringify({ items: [{ channel: `${clients}`, formats }] });
      return post({ port: control, path: '/publish/', agent }, body);
    },
    stop: async () => {
      agent.destroy();
      await server.remove();
      origin.closeAllConnections();
      origin.close();
    },
  };
}

/** Accepts everybody, and subscribes them to the channel that the path names (WebSocket over HTTP). */
async function serveOrigin(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader('Content-Type', 'application/websocket-events');
    response.setHeader(TO_SUBSCRIBE, 'grip');
    const order = `c:${JSON.stringify({ type: 'subscribe', channel: request.url?.slice(1) })}`;
    response.end(`OPEN\r\nTEXT ${order.length.toString(16)}\r\n${order}\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve));
  return server;
}

interface Ports {
  readonly port: number;
  readonly control: number;
  readonly origin: number;
}

/** The four programs that its runner would start, each started by us: their ends are ours to see to. */
function recipe(folder: string, ports: Ports, rates: Rates): Recipe {
  const [configuration, zurl] = [join(folder, 'pushpin.conf'), join(folder, 'zurl.conf')];
  writeFileSync(configuration, configurationOf(folder, ports, rates));
  writeFileSync(join(folder, 'routes'), `* 127.0.0.1:${ports.origin},over_http\n`);
  writeFileSync(zurl, zurlConfigurationOf(folder));
  const command = (name: string, ...args: string[]): Recipe['server'] =>
    withOpenFiles({ file: program(name), args, env: {} });
  const condure = [
    `--listen=127.0.0.1:${ports.port},stream`,
    `--zclient-stream=ipc://${folder}/condure`,
    '--buffer-size=8192',
    '--stream-maxconn=50000',
  ];
  const common = [`--config=${configuration}`, '--loglevel=1'];
  return {
    url: `http://127.0.0.1:${ports.control}/`,
    helpers: [
      { command: command('condure', '--log-level=1', ...condure), port: ports.port },
      { command: command('zurl', `--config=${zurl}`, '--loglevel=1'), port: null },
      { command: command('pushpin-proxy', ...common, '--quiet-check'), port: null },
    ],
    server: command('pushpin-handler', ...common),
    ask: async (url) => `Pushpin, which answers ${(await fetch(url)).status}`,
  };
}

function configurationOf(folder: string, { control }: Ports, { rate, highWater }: Rates): string {
  return `[global]
include={libdir}/internal.conf
rundir=${folder}
ipc_prefix=
[proxy]
routesfile=routes
updates_check=off
zurl_out_specs=ipc://${folder}/zurl-in
zurl_out_stream_specs=ipc://${folder}/zurl-in-stream
zurl_in_specs=ipc://${folder}/zurl-out
[handler]
push_in_spec=ipc://${folder}/push
push_in_sub_specs=ipc://${folder}/push-sub
command_spec=ipc://${folder}/command
push_in_http_addr=127.0.0.1
push_in_http_port=${control}
message_rate=${rate}
message_hwm=${highWater}
`;
}

function zurlConfigurationOf(folder: string): string {
  return `[General]
in_spec=ipc://${folder}/zurl-in
in_stream_spec=ipc://${folder}/zurl-in-stream
out_spec=ipc://${folder}/zurl-out
defpolicy=allow
max_open_requests=2000
buffer_size=200000
timeout=600
in_hwm=1000
out_hwm=1000
`;
}
