import type { Broadcast } from './broadcast';
import type { LaneBatch, LaneHandler, Settlement } from './broadcast-queue.port';
import { lanesOf } from './lanes';
import type { QueueHarness, QueueProcess, QueueUnderTest } from './queue-harness.contract';

export const LANES = 4;

export const nothing: Settlement = { retries: [], deadLetters: [] };

/** A room whose broadcasts travel on this lane of {@link LANES}. */
function roomOn(lane: number): string {
  for (let n = 0; ; n++) {
    if (lanesOf({ kind: 'room', room: `room ${n}`, except: null }, LANES)[0] === lane) return `room ${n}`;
  }
}

export function toLane(lane: number, broadcastId: string, data = `says ${broadcastId}`): Broadcast {
  return {
    broadcastId,
    target: { kind: 'room', room: roomOn(lane), except: 'its-sender' },
    payload: { dataType: 'text', data },
    acceptedAt: 1_700_000_000_123,
    traceparent: null,
  };
}

export function toAll(broadcastId: string): Broadcast {
  return { ...toLane(0, broadcastId), target: { kind: 'all', except: null } };
}

/** A handler that keeps what it was given and settles as it is told to. */
export class Recorder {
  readonly batches: LaneBatch[] = [];
  private readonly watchers = new Set<() => void>();

  constructor(private readonly settle: (batch: LaneBatch) => Promise<Settlement> = async () => nothing) {}

  readonly handler: LaneHandler = async (batch) => {
    this.batches.push(batch);
    for (const watcher of this.watchers) watcher();
    return this.settle(batch);
  };

  /** In the order in which they came. */
  ids(lane?: number): string[] {
    const batches = this.batches.filter((batch) => lane === undefined || batch.lane === lane);
    return batches.flatMap(({ messages }) => messages.map(({ messageId }) => messageId));
  }

  /** Resolves once the condition holds when a batch has come in. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const watcher = (): void => {
        if (!condition()) return;
        this.watchers.delete(watcher);
        resolve();
      };
      this.watchers.add(watcher);
    });
  }

  /** Resolves once this many messages have been handed over in all. */
  async untilHanded(count: number): Promise<void> {
    await this.until(() => this.ids().length >= count);
  }
}

/** What a spec lets happen when it wants it to. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** For conditions that nobody announces. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** One test's queue: its storage, the first process on it, and what tests do with them. */
export class QueueBench {
  private constructor(
    private readonly underTest: QueueUnderTest,
    readonly harness: QueueHarness,
    readonly process: QueueProcess,
  ) {}

  static async open(underTest: QueueUnderTest, longestPauseMs = 60_000): Promise<QueueBench> {
    const harness = await underTest.open({ lanes: LANES, longestPauseMs });
    return new QueueBench(underTest, harness, await harness.open());
  }

  /** @returns the ids, in the order in which they were published */
  async publish(lane: number, ...ids: string[]): Promise<string[]> {
    for (const id of ids) await this.process.queue.publish(toLane(lane, id));
    return ids;
  }

  consume(recorder: Recorder, by = this.process): Recorder {
    by.queue.consume(recorder.handler);
    return recorder;
  }

  /** What a consumer that settles everything was given when this many messages were handed to it. */
  async received(count: number): Promise<Recorder> {
    const recorder = this.consume(new Recorder());
    await recorder.untilHanded(count);
    return recorder;
  }

  /** Publishes to every lane, round after round, until the consumers share one between them. */
  async untilShared(...recorders: Recorder[]): Promise<string[]> {
    const published: string[] = [];
    const deadline = Date.now() + 3 * this.underTest.takeOverMs;
    const handed = (id: string): number[] =>
      recorders.map((recorder) => recorder.ids().filter((other) => other === id).length);
    for (let round = 1; Date.now() < deadline; round++) {
      const id = `round ${round}`;
      await this.process.queue.publish(toAll(id));
      published.push(id);
      await eventually(() => sum(handed(id)) >= LANES, timeoutOf(this.underTest));
      if (handed(id).every((count) => count > 0)) return published;
    }
    throw new Error('the lanes are not shared');
  }
}

export function timeoutOf({ takeOverMs }: QueueUnderTest): number {
  return 20_000 + 3 * takeOverMs;
}

export const many = (count: number, prefix = 'm'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

export const sum = (figures: readonly number[]): number =>
  figures.reduce((total, figure) => total + figure, 0);
