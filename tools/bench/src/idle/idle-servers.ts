import type { Bench } from '../bench';
import { type Dialect, PLAIN } from '../fanout/message';
import { ToolProcess } from '../fanout/tool-process';
import { startNchan } from '../peers/nchan';
import { DEFAULT_PINGS_MS, startSocketIo } from '../peers/socket-io';
import { BenchGateway, NOWHERE, PATH } from '../support/bench-gateway';
import type { BuiltApp } from '../support/built-app';

/** The gateway's own default, in seconds. */
const HEARTBEAT = 30;

/** A server that clients only keep their connections to. */
export interface IdleServer {
  readonly port: number;
  readonly path: string;
  readonly dialect: Dialect;
  readonly pids: () => readonly number[];
  stop(): Promise<void>;
}

export const OURS = 'gateway';
export const NCHAN = 'nchan';

/** All as they come, pings included. */
export function idleServers(
  bench: Bench,
  app: BuiltApp,
  clients: number,
): ReadonlyMap<string, () => Promise<IdleServer>> {
  const peer = (starting: ReturnType<typeof startNchan>): Promise<IdleServer> =>
    starting.then((served) => ({ ...served, path: served.groups[0]?.path ?? '' }));
  return new Map([
    [OURS, () => startGateway(app)],
    [NCHAN, () => peer(startNchan([clients]))],
    ['ws', startWs],
    ['Socket.IO', () => peer(startSocketIo([clients], (line) => bench.say(line), DEFAULT_PINGS_MS))],
  ]);
}

async function startGateway(app: BuiltApp): Promise<IdleServer> {
  const functions = (): { transfer: string } => ({ transfer: NOWHERE });
  const gateway = await BenchGateway.start(app, { functions, heartbeat: HEARTBEAT });
  const { port, pid } = gateway;
  return { port, path: PATH, dialect: PLAIN, pids: () => [pid], stop: () => gateway.stop() };
}

async function startWs(): Promise<IdleServer> {
  const server = await ToolProcess.start(['idle-ws', '']);
  const { port } = await server.order<{ port: number }>('report');
  return { port, path: '/', dialect: PLAIN, pids: () => [server.pid], stop: () => server.stop() };
}
