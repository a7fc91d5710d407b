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

export interface PipelineSize {
  readonly clients: number;
  readonly senders: number;
  /** Of each sender, in a run. */
  readonly messages: number;
  readonly bytes: number;
}

/** All processes of a deployment, clients that listen in a process of their own, and clients that speak. */
export class Pipeline {
  private next = 0;

  private constructor(
    private readonly size: PipelineSize,
    private readonly cluster: Cluster,
    private readonly audience: ToolProcess,
    private readonly pusher: ToolProcess,
    private readonly ids: readonly string[],
    private readonly senders: readonly WebSocket[],
  ) {}

  static async start(bench: Bench, size: PipelineSize): Promise<Pipeline> {
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
    const { websocket, reversePush } = cluster.plan;
    const { port, pathname: path } = new URL(websocket);
    const joining: Joining = { port: Number(port), path, count: size.clients };
    await audience.order('join', JSON.stringify(joining));
    const ids = await connectionIds(reversePush);
    if (ids.length !== size.clients) throw new Error(`${ids.length} clients are connected`);
    const senders = Array.from({ length: size.senders }, () => new WebSocket(websocket));
    await Promise.all(senders.map((sender) => once(sender, 'open')));
    bench.atEnd(() => senders.forEach((sender) => sender.terminate()));
    return new Pipeline(size, cluster, audience, pusher, ids, senders);
  }

  /**
   * Every sender says all it has to say at once; none hears itself.
   * @returns deliveries a second, from the first message on to the last delivery
   * @throws Error when anything was lost, twice, damaged, or out of a sender's order
   */
  async measure(): Promise<number> {
    const { messages, bytes, clients } = this.size;
    const { senders } = this;
    const count = messages * senders.length;
    const from = await this.expect(count, clients, senders.length);
    const began = sharedNow();
    for (let n = 0; n < count; n++) senders[n % senders.length]?.send(textOf(from + n, bytes));
    const { lastAt, deliveries } = await this.heard(count * clients);
    return (deliveries * 1_000) / (Math.max(...lastAt.map((at) => at ?? 0)) - began);
  }

  /** The loop of the samples at this deployment's gateway: a push to each client, one after the other. */
  async sequential(): Promise<number> {
    const { ids } = this;
    const from = await this.expect(1_000_000, 1, 1);
    const address = this.cluster.plan.reversePush;
    const orders: PushOrders = { address, ids, from, inFlight: 1, ms: SEQUENTIAL_MS };
    const { pushes, seconds } = await this.pusher.order<Pushed>('sequential', JSON.stringify(orders));
    await this.heard(pushes);
    return pushes / seconds;
  }

  /** @returns the first of so many numbers; those of a sender leave the same remainder */
  private async expect(count: number, clients: number, senders: number): Promise<number> {
    const from = this.next;
    this.next += count;
    const expected: Expected = { from, bytes: this.size.bytes, clients, lines: senders };
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
