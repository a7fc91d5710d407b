import type { PushMessage } from '@sendback/domain/messaging';
import { batchOutcome } from './answers';
import type { BatchLimits } from './batch-limits';
import { forEach } from './for-each';
import type { PushCall } from './push-call';

/** Connections times messages in one batch: about a second of a gateway's time, so that a deadline means something. */
export const MAX_DELIVERIES = 100_000;

/**
 * Batches at a time to one address from one process: while a gateway works on one, the next is at hand. More would not
 * be done sooner, only queue up where their time runs out. A deployment does more at a time with more broadcasters.
 */
export const BATCHES_AT_A_TIME = 2;

/** What a body holds beside the ids and the messages. */
const ENVELOPE_BYTES = 128;

interface Tail {
  readonly json: Buffer;
  readonly traceparent: string | undefined;
}

interface Piece {
  readonly json: string;
  /** With the comma that follows. */
  readonly bytes: number;
}

/**
 * The batch form of contract §4. A group of connections gets the messages in one or more requests, one after the
 * other; it is given none of the rest once a request failed.
 * @returns false when the address refused what it had said that it takes
 */
export async function pushInBatches(
  call: PushCall,
  connectionIds: readonly string[],
  messages: readonly PushMessage[],
  limits: BatchLimits,
): Promise<boolean> {
  const parts = limits.except ? [[connectionIds, messages] as const] : byMessages(connectionIds, messages);
  let asSaid = true;
  for (const [ids, theirs] of parts) {
    if (!(await pushTo(call, ids, theirs, limits))) asSaid = false;
  }
  return asSaid;
}

/** Connections with the messages that are for all of them: those that no message excepts, and each other by itself. */
function byMessages(
  connectionIds: readonly string[],
  messages: readonly PushMessage[],
): readonly (readonly [ids: readonly string[], messages: readonly PushMessage[]])[] {
  const excepted = new Set(messages.map(({ except }) => except));
  const everything = messages.map(({ except: _, ...message }) => message);
  const others = connectionIds.filter((id) => !excepted.has(id));
  const alone = connectionIds.filter((id) => excepted.has(id));
  return [
    [others, everything] as const,
    ...alone.map((id) => [[id], everything.filter((_, n) => messages[n]?.except !== id)] as const),
  ].filter(([ids, theirs]) => ids.length > 0 && theirs.length > 0);
}

async function pushTo(
  call: PushCall,
  connectionIds: readonly string[],
  messages: readonly PushMessage[],
  limits: BatchLimits,
): Promise<boolean> {
  const pieces = messages.map(({ messageId: id, payload: { dataType, data }, except, traceparent }) => ({
    ...piece({ id, dataType, data, except, traceparent }),
    traceparent,
  }));
  const { groups, maxMessageBytes } = groupConnections(connectionIds, pieces, limits);
  const tails = split(pieces, ({ bytes }) => bytes, limits.maxMessages, maxMessageBytes).map((group) => ({
    json: Buffer.from(`,"messages":[${group.map(({ json }) => json).join()}]}}`),
    traceparent: group[0]?.traceparent,
  }));
  return postToGroups(call, 'data send', groups, tails);
}

/**
 * Closes connections, as many with one request as the address takes.
 * @returns false when the address refused what it had said that it takes
 */
export function closeInBatches(
  call: PushCall,
  connectionIds: readonly string[],
  { maxConnections, maxBytes }: BatchLimits,
): Promise<boolean> {
  const groups = split(connectionIds, idBytes, maxConnections, maxBytes - ENVELOPE_BYTES);
  const tail = { json: Buffer.from('}}'), traceparent: undefined };
  return postToGroups(call, 'closing', groups, [tail]);
}

async function postToGroups(
  call: PushCall,
  action: string,
  groups: readonly (readonly string[])[],
  tails: readonly Tail[],
): Promise<boolean> {
  let asSaid = true;
  await forEach(groups, BATCHES_AT_A_TIME, async (group) => {
    if (!(await postToGroup(call, action, group, tails))) asSaid = false;
  });
  return asSaid;
}

async function postToGroup(
  call: PushCall,
  action: string,
  group: readonly string[],
  tails: readonly Tail[],
): Promise<boolean> {
  let ids = group;
  for (const { json, traceparent } of tails) {
    if (ids.length === 0) break;
    const head = Buffer.from(`{"websocket":{"action":"${action}","secConnectionIDs":${JSON.stringify(ids)}`);
    const answer = await call.postInTurn({ parts: [head, json], traceparent });
    const outcome = 'reason' in answer ? answer : batchOutcome(answer, call.address);
    if ('reason' in outcome) {
      call.addFailed(ids, outcome);
      return outcome.retryable;
    }
    ids = ids.filter((id) => {
      if (outcome.gone.has(id)) call.addGone(id);
      else if (outcome.slow.has(id)) call.addSlow(id);
      else return true;
      return false;
    });
  }
  return true;
}

/** Ids take up to half of a body, less where the longest message needs the room; messages have what is left. */
function groupConnections(
  connectionIds: readonly string[],
  pieces: readonly Piece[],
  { maxConnections, maxMessages, maxBytes }: BatchLimits,
): { groups: string[][]; maxMessageBytes: number } {
  const room = maxBytes - ENVELOPE_BYTES;
  const longest = most(pieces.map(({ bytes }) => bytes));
  const perRequest = Math.floor(MAX_DELIVERIES / Math.min(pieces.length, maxMessages));
  const groups = split(
    connectionIds,
    idBytes,
    Math.min(maxConnections, perRequest),
    Math.min(room / 2, room - longest),
  );
  const longestIds = most(groups.map((group) => group.reduce((sum, id) => sum + idBytes(id), 0)));
  return { groups, maxMessageBytes: room - longestIds };
}

/** Runs of items within both limits, of at least one item each. */
function split<T>(items: readonly T[], size: (item: T) => number, maxItems: number, maxBytes: number): T[][] {
  const groups: T[][] = [];
  let bytes = Infinity;
  for (const item of items) {
    const group = groups.at(-1);
    bytes += size(item);
    if (group && group.length < maxItems && bytes <= maxBytes) group.push(item);
    else {
      groups.push([item]);
      bytes = size(item);
    }
  }
  return groups;
}

function most(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => Math.max(one, other), 0);
}

/** In JSON, with the comma that follows. Most ids need no escaping, and a broadcast measures every one of them. */
function idBytes(id: string): number {
  return /^[!#-[\]-~]+$/.test(id) ? id.length + 3 : piece(id).bytes;
}

function piece(value: unknown): Piece {
  const json = JSON.stringify(value);
  return { json, bytes: Buffer.byteLength(json) + 1 };
}
