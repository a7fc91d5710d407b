import type { BroadcastQueue } from './broadcast-queue.port';
import type { DeadLetterStore } from './dead-letter-store.port';

/** One process that uses the queue. */
export interface QueueProcess {
  readonly queue: BroadcastQueue;
  /** The process stands still: it neither keeps its lanes nor settles. Never thawed, it is dead. */
  freeze(): void;
  thaw(): void;
}

/** Storage of one queue, empty at first. */
export interface QueueHarness {
  /** One more process on it. Where storage is one process's own, the same queue again. */
  open(): Promise<QueueProcess>;
  /** Where its dead letters get to. */
  readonly deadLetters: DeadLetterStore;
  /** Puts a body on a lane past the port. */
  publishRaw(lane: number, body: string): Promise<void>;
  /** One more process, for which the storage is out of reach until `bringBack`. */
  openAway(): Promise<{ queue: BroadcastQueue; bringBack: () => Promise<void> }>;
  /** Ends all processes, whatever their handlers are at. */
  close(): Promise<void>;
}

export interface QueueUnderTest {
  /** @param longestPauseMs pauses after a handler threw are cut to this */
  open(settings: { lanes: number; longestPauseMs: number }): Promise<QueueHarness>;
  /** False when storage ends with its process: nobody else can use it, and it cannot be out of reach. */
  readonly sharedStorage: boolean;
  /** Within which the lanes of a dead consumer, or of a share, change hands. */
  readonly takeOverMs: number;
}
