import { Agent } from 'node:http';
import type { Heard } from '../fanout/audience';
import { textOf } from '../fanout/message';
import { type GatewayReport, PATH } from '../fanout/processes';
import { post, ToolProcess } from '../fanout/tool-process';
import { sharedNow } from '../fanout/tool-server';
import { countCpu } from '../support/process-usage';

const RUN_MS = 600;
/** What takes longer than this to arrive, with nothing else arriving meanwhile, is lost. */
const PATIENCE_MS = 5_000;

export interface Load {
  readonly clients: number;
  readonly bytes: number;
  /** Pushes under way at a time. */
  readonly atOnce: number;
}

export interface Run {
  /** In a second, from the first push to the last delivery. */
  readonly deliveries: number;
  /** Microseconds of the server's processor, for each delivery. */
  readonly cpu: number;
  /** From each push to its last recipient, in milliseconds. */
  readonly latencies: readonly number[];
}

/** A server with its clients, all connected. */
export class Venue {
  private next = 0;
  private readonly agent = new Agent({ keepAlive: true });

  private constructor(
    readonly name: string,
    private readonly server: ToolProcess,
    private readonly audience: ToolProcess,
    private readonly push: (number: number, load: Load, agent: Agent) => Promise<unknown>,
  ) {}

  static async gateway(windowMs: number, clients: number, flags: readonly string[]): Promise<Venue> {
    const { server, audience, report } = await filled(['fanout-gateway', `${windowMs}`], clients, flags);
    const { pushPort: port, pushPath: path, ids } = report;
    const heads = new Map<number, Buffer>();
    const push = (number: number, load: Load, agent: Agent): Promise<unknown> => {
      const head = heads.get(load.clients) ?? headFor(ids.slice(0, load.clients));
      heads.set(load.clients, head);
      const message = { id: `m${number}`, dataType: 'text', data: textOf(number, load.bytes) };
      const tail = Buffer.from(`"messages":[${JSON.stringify(message)}]}}`);
      return post({ port, path, agent }, Buffer.concat([head, tail]));
    };
    return new Venue(`window ${windowMs} ms`, server, audience, push);
  }

  /** A loop that writes ready-made frames: what there is to reach, one frame a write. */
  static async bare(clients: number): Promise<Venue> {
    const { server, audience } = await filled(['fanout-bare', ''], clients, []);
    const push = (number: number, { bytes, clients }: Load): Promise<unknown> =>
      server.order('push', JSON.stringify({ number, bytes, clients }));
    return new Venue('bare loop', server, audience, push);
  }

  /** @throws Error when anything was lost, twice, damaged or out of order */
  async measure(load: Load): Promise<Run> {
    const from = this.next;
    const lines = load.atOnce;
    await this.audience.order('expect', JSON.stringify({ from, lines, ...load }));
    const counted = countCpu({ server: [this.server.pid] });
    const sentAt: number[] = [];
    const began = sharedNow();
    const line = async (first: number): Promise<void> => {
      for (let number = first; sharedNow() - began < RUN_MS; number += lines) {
        sentAt[number - from] = sharedNow();
        await this.push(number, load, this.agent);
      }
    };
    await Promise.all(Array.from({ length: lines }, (_, n) => line(from + n)));
    this.next = from + sentAt.length + lines;
    const pushes = sentAt.filter(Number.isFinite).length;
    const deliveries = pushes * load.clients;
    const heard = await this.audience.order<Heard>(
      'heard',
      JSON.stringify({ deliveries, patienceMs: PATIENCE_MS }),
    );
    const cpu = (counted().seconds.get('server') ?? NaN) * 1e6;
    verify(heard, deliveries);
    const latencies = heard.lastAt.flatMap((at, index) => (at === null ? [] : [at - (sentAt[index] ?? NaN)]));
    if (latencies.length !== pushes) throw new Error('some clients got a message twice');
    const lastAt = Math.max(...heard.lastAt.map((at) => at ?? 0));
    return { deliveries: (deliveries * 1_000) / (lastAt - began), cpu: cpu / deliveries, latencies };
  }

  async close(): Promise<void> {
    this.agent.destroy();
    await this.server.stop();
    await this.audience.stop();
  }
}

async function filled(
  args: readonly string[],
  count: number,
  flags: readonly string[],
): Promise<{ server: ToolProcess; audience: ToolProcess; report: GatewayReport }> {
  const server = await ToolProcess.start(args, flags);
  const audience = await ToolProcess.start(['fanout-audience', '']);
  const { port } = await server.order<GatewayReport>('report');
  await audience.order('join', JSON.stringify({ port, path: PATH, count }));
  return { server, audience, report: await server.order('report') };
}

function headFor(ids: readonly string[]): Buffer {
  return Buffer.from(`{"websocket":{"action":"data send","secConnectionIDs":${JSON.stringify(ids)},`);
}

function verify({ deliveries, sampled, amiss }: Heard, expected: number): void {
  if (deliveries !== expected)
    throw new Error(`${expected - deliveries} of ${expected} deliveries were lost`);
  if (sampled === 0 || amiss > 0)
    throw new Error(`of ${sampled} frames, ${amiss} were damaged or out of order`);
}
