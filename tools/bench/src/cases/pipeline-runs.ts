import { once } from 'node:events';
import { type Cluster, startCluster } from '@sendback/tools/cluster';
import WebSocket from 'ws';
import type { Bench } from '../bench';
import type { Awaited, Expected, Heard, Joining } from '../fanout/audience';
import { textOf } from '../fanout/message';
import { ToolProcess } from '../fanout/tool-process';
import { sharedNow } from '../fanout/tool-server';
import { PUSH_LOAD, type Pushed, type PushOrders } from '../push/push-load';
import { connectionIds } from '../support/bench-gateway';
import { BuiltApp } from '../support/built-app';

const APPS = ['migrate', 'function-host', 'broadcaster', 'api', 'gateway'] as const;
const BROADCASTERS = 2;
/** What takes longer than this to arrive, with nothing else arriving meanwhile, is lost. */
const PATIENCE_MS = 15_000;
const SEQUENTIAL_MS = 1_000;

/** One message of each is under way at a time. */
export const SENDERS = 32;

export interface PipelineLoad {
  /** That listen. */
  readonly clients: number;
  /** Of each sender, in a run. */
  readonly messages: number;
  readonly bytes: number;
}

/** All processes of a deployment, clients that listen in a process of their own, and clients that speak. */
export class Pipeline {
  private next = 0;
  private ids: readonly string[] = [];

  private constructor(
    private readonly cluster: Cluster,
    private readonly audience: ToolProcess,
    private readonly pusher: ToolProcess,
    private readonly senders: readonly WebSocket[],
  ) {}

  static async start(bench: Bench): Promise<Pipeline> {
    for (const name of APPS) (await BuiltApp.build(name)).remove();
    const cluster = await startCluster({
      broadcasters: BROADCASTERS,
      gateways: 1,
      port: null,
      hear: () => undefined,
      lost: (name, how) => bench.say(`${name} ${how}`),
    });
    bench.atEnd(() => cluster.remove());
    const audience = await ToolProcess.start(['fanout-audience', '']);
    bench.atEnd(() => audience.stop());
    const pusher = await ToolProcess.start([PUSH_LOAD, '']);
    bench.atEnd(() => pusher.stop());
    const senders = Array.from({ length: SENDERS }, () => new WebSocket(cluster.plan.websocket));
    await Promise.all(senders.map((sender) => once(sender, 'open')));
    bench.atEnd(() => senders.forEach((sender) => sender.terminate()));
    return new Pipeline(cluster, audience, pusher, senders);
  }

  /** Has so many clients listen; there may have been fewer before. */
  async fill(clients: number): Promise<void> {
    const { websocket, reversePush } = this.cluster.plan;
    const { port, pathname: path } = new URL(websocket);
    const speaking = await connectionIds(reversePush);
    const listening = speaking.length - SENDERS;
    const joining: Joining = { port: Number(port), path, count: clients - listening };
    await this.audience.order('join', JSON.stringify(joining));
    const before = new Set(speaking);
    const joined = (await connectionIds(reversePush)).filter((id) => !before.has(id));
    this.ids = [...this.ids, ...joined];
    if (this.ids.length !== clients) throw new Error(`${this.ids.length} clients are connected`);
  }

  /**
   * Every sender says all it has to say at once; none hears itself.
   * @returns deliveries a second, from the first message on to the last delivery
   * @throws Error when anything was lost, twice, damaged, or out of a sender's order
   */
  async measure({ clients, messages, bytes }: PipelineLoad): Promise<number> {
    const { senders } = this;
    const count = messages * SENDERS;
    const from = await this.expect(count, { bytes, clients, lines: SENDERS });
    const began = sharedNow();
    for (let n = 0; n < count; n++) senders[n % SENDERS]?.send(textOf(from + n, bytes));
    const { lastAt, deliveries } = await this.heard(count * clients);
    return (deliveries * 1_000) / (Math.max(...lastAt.map((at) => at ?? 0)) - began);
  }

  /** The loop of the samples at this deployment's gateway: a push to each client, one after the other. */
  async sequential({ bytes }: PipelineLoad): Promise<number> {
    const { ids } = this;
    const from = await this.expect(1_000_000, { bytes, clients: 1, lines: 1 });
    const address = this.cluster.plan.reversePush;
    const orders: PushOrders = { address, ids, from, inFlight: 1, ms: SEQUENTIAL_MS };
    const { pushes, seconds } = await this.pusher.order<Pushed>('sequential', JSON.stringify(orders));
    await this.heard(pushes);
    return pushes / seconds;
  }

  /** @returns the first of so many numbers; those of a sender leave the same remainder */
  private async expect(count: number, whom: Omit<Expected, 'from'>): Promise<number> {
    const from = this.next;
    this.next += count;
    const expected: Expected = { ...whom, from };
    await this.audience.order('expect', JSON.stringify(expected));
    return from;
  }

  private async heard(wanted: number): Promise<Heard> {
    const awaited: Awaited = { deliveries: wanted, patienceMs: PATIENCE_MS };
    const heard = await this.audience.order<Heard>('heard', JSON.stringify(awaited));
    const { deliveries, sampled, amiss } = heard;
    if (deliveries !== wanted) throw new Error(`${deliveries} of ${wanted} deliveries came`);
    if (sampled === 0 || amiss > 0)
      throw new Error(`of ${sampled} frames, ${amiss} were damaged or out of order`);
    return heard;
  }
}
