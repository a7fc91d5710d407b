import { SOCKET_IO } from '../fanout/message';
import type { Served } from '../fanout/served';
import { ToolProcess } from '../fanout/tool-process';
import { installedPeers } from './npm';
import type { SocketIoArgument } from './socket-io-process';

/** Where Engine.IO listens. */
export const SOCKET_IO_PATH = '/socket.io/?EIO=4&transport=websocket';

/** Its own, in milliseconds. */
export const DEFAULT_PINGS_MS = 25_000;
const NO_PINGS_MS = 3_600_000;

/** A room for each group; whoever publishes tells the server to. */
export async function startSocketIo(
  groups: readonly number[],
  say: (line: string) => void,
  pingInterval = NO_PINGS_MS,
): Promise<Served> {
  const folder = await installedPeers(say);
  const argument: SocketIoArgument = { folder, pingInterval };
  const server = await ToolProcess.start(['socket-io', JSON.stringify(argument)]);
  const { port } = await server.order<{ port: number }>('report');
  return {
    name: 'Socket.IO',
    port,
    groups: groups.map((count) => ({ path: `${SOCKET_IO_PATH}&room=${count}`, count })),
    dialect: SOCKET_IO,
    pids: () => [server.pid],
    publish: (number, { bytes, clients }) => server.order('push', JSON.stringify({ number, bytes, clients })),
    stop: () => server.stop(),
  };
}
