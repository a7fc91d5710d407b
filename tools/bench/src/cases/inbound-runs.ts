import { setTimeout as pause } from 'node:timers/promises';
import { GATEWAY_FLAGS } from '@sendback/tools/cluster';
import { freePorts } from '@sendback/tools/services';
import { ToolProcess } from '../fanout/tool-process';
import type { Taken } from '../inbound/order';
import type { Ports } from '../inbound/processes';
import type { Opening, Talk, Talked } from '../inbound/talkers';
import { BenchGateway, PATH } from '../support/bench-gateway';
import type { BuiltApp } from '../support/built-app';
import { CORE, pin } from '../support/cores';

const CONNECTIONS = 100;
const BYTES = 128;
/** Of its messages, a client that waits for replies says one in so many. */
const PATIENT = 4;
const LOOK_AGAIN_MS = 20;
const PATIENCE_MS = 30_000;

/** Who takes messages. */
interface Hearer {
  readonly port: number;
  readonly path: string;
  /** Of each connection, in a run. */
  readonly messages: number;
  readonly bytes: number;
  /** Whether each message is answered. */
  readonly replies: boolean;
  /** What its transfer function was given; null where it has none that tells. */
  readonly taken: (() => Promise<Taken>) | null;
  readonly stop: () => Promise<void>;
}

/** A server, and clients that send to it as fast as they may: it has one core, they have the other. */
export class Conversation {
  private constructor(
    readonly name: string,
    private readonly hearer: Hearer,
    private readonly talkers: ToolProcess,
  ) {}

  static async begin(name: string, hearer: Hearer): Promise<Conversation> {
    const talkers = await ToolProcess.start(['inbound-talkers', '']);
    await pin(talkers.pid, CORE.load);
    const { port, path } = hearer;
    const opening: Opening = { port, path, count: CONNECTIONS, atOnce: CONNECTIONS };
    await talkers.order('open', JSON.stringify(opening));
    return new Conversation(name, hearer, talkers);
  }

  /** Whether each message is answered. */
  get replies(): boolean {
    return this.hearer.replies;
  }

  /**
   * @param inFlight of each client; null for all it has to say
   * @returns messages a second
   * @throws Error when one was lost, came twice, or out of order
   */
  async measure(inFlight: number | null = null): Promise<number> {
    const { bytes, replies, taken } = this.hearer;
    const messages = inFlight === null ? this.hearer.messages : Math.ceil(this.hearer.messages / PATIENT);
    const all = messages * CONNECTIONS;
    const before = (await taken?.())?.messages ?? 0;
    const talk: Talk = { messages, bytes, replies, inFlight };
    const talked = await this.talkers.order<Talked>('talk', JSON.stringify(talk));
    if (talked.amiss > 0 || (replies && talked.replies !== all))
      throw new Error(`${this.name}: of ${all} replies ${talked.replies} came, ${talked.amiss} out of order`);
    const lastAt = taken ? await this.takenAll(taken, before + all) : 0;
    const endedAt = replies ? Math.max(lastAt, talked.endedAt) : lastAt;
    return (all * 1_000) / (endedAt - talked.beganAt);
  }

  async close(): Promise<void> {
    await this.talkers.stop();
    await this.hearer.stop();
  }

  private async takenAll(taken: () => Promise<Taken>, expected: number): Promise<number> {
    for (const end = Date.now() + PATIENCE_MS; ;) {
      const { messages, amiss, lastAt } = await taken();
      if (amiss > 0) throw new Error(`${this.name}: ${amiss} messages were not the next of their connection`);
      if (messages === expected) return lastAt;
      if (messages > expected || Date.now() > end)
        throw new Error(`${this.name}: ${messages} messages were taken, not ${expected}`);
      await pause(LOOK_AGAIN_MS);
    }
  }
}

/** The gateway with a function of its own process, which answers, or takes what comes. */
export async function inProcess(way: 'taking' | 'answering', flags: readonly string[]): Promise<Hearer> {
  const gateway = await served(['inbound-gateway', way], CORE.server, [...GATEWAY_FLAGS, ...flags]);
  const { port } = await gateway.order<Ports>('report');
  const taken = (): Promise<Taken> => gateway.order('taken');
  const replies = way === 'answering';
  return { port, path: PATH, messages: 300, bytes: BYTES, replies, taken, stop: () => gateway.stop() };
}

/** A bare server of `ws`. */
export async function echo(): Promise<Hearer> {
  const server = await served(['inbound-echo', ''], CORE.server, []);
  const { port } = await server.order<Ports>('report');
  return {
    port,
    path: '/',
    messages: 600,
    bytes: BYTES,
    replies: true,
    taken: null,
    stop: () => server.stop(),
  };
}

/** The built gateway, with a function in a process beside the clients. */
export async function overHttp(app: BuiltApp, flags: readonly string[]): Promise<Hearer> {
  const server = await served(['inbound-function', ''], CORE.load, []);
  const { port } = await server.order<Ports>('report');
  const functions = { transfer: `http://127.0.0.1:${port}/transfer` };
  const gateway = await BenchGateway.start(app, { functions, flags });
  return {
    port: gateway.port,
    path: PATH,
    messages: 80,
    bytes: BYTES,
    replies: false,
    taken: () => server.order('taken'),
    stop: async () => {
      await gateway.stop();
      await server.stop();
    },
  };
}

/** The built gateway and function-host: each client asks who it is, and is told over the reverse push address. */
export async function functionHost(
  app: BuiltApp,
  host: BuiltApp,
  databaseUrl: string,
  flags: readonly string[],
): Promise<Hearer> {
  const [port = 0] = await freePorts(1);
  const stops: (() => Promise<void>)[] = [];
  const functions = async (pushAddress: string): Promise<{ transfer: string }> => {
    const env = { DATABASE_URL: databaseUrl, QUEUE_URL: 'database:', SENDBACK_URL: pushAddress };
    const running = await host.start({ ...env, PORT: String(port) }, flags);
    await pin(running.pid, CORE.load);
    stops.push(() => running.stop());
    return { transfer: `http://127.0.0.1:${port}/transfer` };
  };
  const gateway = await BenchGateway.start(app, { functions, flags });
  stops.unshift(() => gateway.stop());
  return {
    port: gateway.port,
    path: PATH,
    messages: 40,
    bytes: 0,
    replies: true,
    taken: null,
    stop: async () => {
      for (const stop of stops) await stop();
    },
  };
}

async function served(args: readonly string[], core: number, flags: readonly string[]): Promise<ToolProcess> {
  const server = await ToolProcess.start(args, flags);
  await pin(server.pid, core);
  return server;
}
