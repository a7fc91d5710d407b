import { Agent } from 'node:http';
import { GATEWAY_FLAGS } from '@sendback/tools/cluster';
import { PLAIN, textOf } from './message';
import { type GatewayReport, PATH } from './processes';
import type { Served } from './served';
import { post, ToolProcess } from './tool-process';

/**
 * The gateway's own listeners and sessions; messages are pushed to the ids of as many clients as are meant.
 * @param flags of Node.js, beside those that a gateway always has
 */
export async function startGateway(
  windowMs: number,
  clients: number,
  flags: readonly string[],
): Promise<Served> {
  const server = await ToolProcess.start(['fanout-gateway', `${windowMs}`], [...GATEWAY_FLAGS, ...flags]);
  const { port, pushPort, pushPath: path } = await server.order<GatewayReport>('report');
  const agent = new Agent({ keepAlive: true });
  const heads = new Map<number, Promise<Buffer>>();
  const headFor = async (count: number): Promise<Buffer> => {
    const { ids } = await server.order<GatewayReport>('report');
    const list = JSON.stringify(ids.slice(0, count));
    return Buffer.from(`{"websocket":{"action":"data send","secConnectionIDs":${list},`);
  };
  return {
    name: `window ${windowMs} ms`,
    port,
    groups: [{ path: PATH, count: clients }],
    dialect: PLAIN,
    pids: () => [server.pid],
    publish: async (number, load) => {
      const head = heads.get(load.clients) ?? headFor(load.clients);
      heads.set(load.clients, head);
      const message = { id: `m${number}`, dataType: 'text', data: textOf(number, load.bytes) };
      const tail = Buffer.from(`"messages":[${JSON.stringify(message)}]}}`);
      return post({ port: pushPort, path, agent }, Buffer.concat([await head, tail]));
    },
    stop: async () => {
      agent.destroy();
      await server.stop();
    },
  };
}

/** A loop that writes ready-made frames: what there is to reach, one frame a write. */
export async function startBareLoop(clients: number): Promise<Served> {
  const server = await ToolProcess.start(['fanout-bare', '']);
  const { port } = await server.order<{ port: number }>('report');
  return {
    name: BARE_LOOP,
    port,
    groups: [{ path: PATH, count: clients }],
    dialect: PLAIN,
    pids: () => [server.pid],
    publish: (number, { bytes, clients }) => server.order('push', JSON.stringify({ number, bytes, clients })),
    stop: () => server.stop(),
  };
}

export const BARE_LOOP = 'bare loop';
