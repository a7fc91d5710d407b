import { CORE, pin } from '../support/cores';
import { countCpu } from '../support/process-usage';
import type { Expected, Heard } from './audience';
import { COMPLETE } from './processes';
import type { Load, Served } from './served';
import { ToolProcess } from './tool-process';
import { sharedNow } from './tool-server';

const RUN_MS = 600;
/** What takes longer than this to arrive, with nothing else arriving meanwhile, is lost. */
const PATIENCE_MS = 6_000;

export interface Run {
  /** In a second, from the first publish to the last delivery. */
  readonly deliveries: number;
  readonly lost: number;
  /** Microseconds of the server's processor, for each delivery. */
  readonly cpu: number;
  /** The same of those who receive and publish, which the figures must not be bound by. */
  readonly clientsCpu: number;
  /** From each publish to its last recipient, in milliseconds; of those that all have got. */
  readonly latencies: readonly number[];
}

/** A server with its clients, all connected: it on one core, they and whoever publishes on another. */
export class Venue {
  private next = 0;
  private readonly waiting = new Map<number, () => void>();
  private lastComplete = 0;
  private heardPart = '';

  private constructor(
    private readonly served: Served,
    private readonly audience: ToolProcess,
    hearing: { to: (text: string) => void },
  ) {
    hearing.to = (text) => this.hear(text);
  }

  static async fill(served: Served): Promise<Venue> {
    const hearing = { to: (_: string): void => undefined };
    const audience = await ToolProcess.start(['fanout-audience', ''], [], (text) => hearing.to(text));
    const venue = new Venue(served, audience, hearing);
    try {
      for (const pid of served.pids()) await pin(pid, CORE.server);
      await pin(audience.pid, CORE.load);
      const { port, dialect } = served;
      for (const group of served.groups)
        await audience.order('join', JSON.stringify({ port, dialect, ...group }));
      return venue;
    } catch (error) {
      await venue.close();
      throw new Error(`${served.name}: ${String(error)}`, { cause: error });
    }
  }

  get name(): string {
    return this.served.name;
  }

  /** @throws Error when anything came damaged, twice or out of order */
  async measure(load: Load): Promise<Run> {
    const from = this.next;
    const { dialect } = this.served;
    const { clients, bytes, atOnce } = load;
    const expected: Expected = { from, bytes, clients, lines: atOnce, dialect, tell: true };
    await this.audience.order('expect', JSON.stringify(expected));
    const counted = countCpu({ server: this.served.pids(), clients: [this.audience.pid, process.pid] });
    const began = sharedNow();
    const sentAt = await this.publish(load, from, began);
    this.next = from + sentAt.length + atOnce;
    const wanted = sentAt.filter(Number.isFinite).length * clients;
    const heard = await this.audience.order<Heard>(
      'heard',
      JSON.stringify({ deliveries: wanted, patienceMs: PATIENCE_MS / 4 }),
    );
    const { seconds } = counted();
    this.verify(heard, wanted);
    const latencies = heard.lastAt.flatMap((at, index) => (at === null ? [] : [at - (sentAt[index] ?? NaN)]));
    const lastAt = Math.max(...heard.lastAt.map((at) => at ?? 0));
    const { deliveries } = heard;
    const lost = wanted - deliveries;
    const each = (name: string): number => ((seconds.get(name) ?? NaN) * 1e6) / deliveries;
    const perSecond = (deliveries * 1_000) / (lastAt - began);
    return { deliveries: perSecond, lost, cpu: each('server'), clientsCpu: each('clients'), latencies };
  }

  async close(): Promise<void> {
    await this.audience.stop();
    await this.served.stop();
  }

  /** The next one of a line when the last one is with all its recipients. @returns when each was sent */
  private async publish(load: Load, from: number, began: number): Promise<readonly number[]> {
    const sentAt: number[] = [];
    let over = false;
    const line = async (first: number): Promise<void> => {
      for (let number = first; !over && sharedNow() - began < RUN_MS; number += load.atOnce) {
        const complete = new Promise<void>((resolve) => this.waiting.set(number, resolve));
        sentAt[number - from] = sharedNow();
        await Promise.all([this.served.publish(number, load), complete]);
      }
    };
    const lines = Array.from({ length: load.atOnce }, (_, n) => line(from + n));
    await Promise.race([Promise.all(lines), this.silence(() => over)]);
    over = true;
    this.waiting.clear();
    return sentAt;
  }

  /** Resolves when no message has been completed for so long that none will be. */
  private async silence(over: () => boolean): Promise<void> {
    this.lastComplete = sharedNow();
    while (!over() && sharedNow() - this.lastComplete < PATIENCE_MS) {
      await new Promise((resolve) => setTimeout(resolve, 100).unref());
    }
  }

  private hear(text: string): void {
    const lines = (this.heardPart + text).split('\n');
    this.heardPart = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith(COMPLETE)) continue;
      const number = Number(line.slice(COMPLETE.length));
      this.lastComplete = sharedNow();
      this.waiting.get(number)?.();
      this.waiting.delete(number);
    }
  }

  private verify({ deliveries, sampled, amiss }: Heard, expected: number): void {
    const { name } = this;
    if (deliveries > expected) throw new Error(`${name}: ${deliveries} of ${expected} deliveries`);
    if (sampled === 0 || amiss > 0)
      throw new Error(`${name}: of ${sampled} frames, ${amiss} were damaged or out of order`);
  }
}
