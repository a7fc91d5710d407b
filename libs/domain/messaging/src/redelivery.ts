import { MAX_BATCH_BYTES, MAX_BATCH_MESSAGES } from './broadcast-queue.port';

/** How often a message is handed over before it is given up as a dead letter. */
export const MAX_DELIVERIES = 20;

export interface Waiting {
  /** Of its body. */
  readonly bytes: number;
  /** How often it was handed over before. */
  readonly deliveries: number;
}

/**
 * How many from the head of a lane make up the next batch. What was handed over before comes alone: a message that
 * breaks its handler must not take its neighbours to the delivery limit with it.
 */
export function batchLength(waiting: readonly Waiting[]): number {
  let bytes = 0;
  const end = waiting.findIndex((next, index) => {
    bytes += next.bytes;
    const alone = next.deliveries > 0 || waiting[0]?.deliveries !== 0;
    return index > 0 && (alone || index === MAX_BATCH_MESSAGES || bytes > MAX_BATCH_BYTES);
  });
  return end === -1 ? waiting.length : end;
}

/** How long a lane rests after its handler threw for the `failures`th time in a row: 100 ms, doubled up to 30 s. */
export function pauseAfter(failures: number): number {
  return Math.min(30_000, 100 * 2 ** (failures - 1));
}

/** Why a message that has reached {@link MAX_DELIVERIES} is dead. */
export function gaveUp(deliveries: number): string {
  return `handed over ${deliveries} times without being settled`;
}
