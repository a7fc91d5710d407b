import { parseConnectionId, parseRoom, parseUserId } from '@sendback/domain/connection';
import { DomainError, parseTraceparent } from '@sendback/domain/runtime';
import type { Broadcast, Recipients, Target } from './broadcast';
import { parsePayload } from './payload';

/** One entry of a lane: a broadcast to be fanned out, or what is left of one. */
export interface QueueMessage {
  /** Unique on its lane, and the same when it is delivered again. At most 200 characters. */
  readonly messageId: string;
  readonly broadcast: Broadcast;
  /** 0 at first, one more with every retry. */
  readonly attempt: number;
  /** A retry serves these only; null is everyone in the target and the lane's range. */
  readonly recipients: Recipients | null;
}

/** A body on the queue that is not a message of this project, or not of a version that is understood. */
export class MalformedMessage extends DomainError {
  readonly code = 'malformed_message';
  readonly retryable = false;
}

/** The body that a queue keeps: JSON, version 1. Every BroadcastQueue adapter uses this form. */
export function encodeQueueMessage(message: QueueMessage): string {
  return JSON.stringify({ version: 1, ...message });
}

/** @throws MalformedMessage saying what is wrong with it */
export function decodeQueueMessage(body: string): QueueMessage {
  try {
    const { version, messageId, broadcast, attempt, recipients } = record(JSON.parse(body), 'message');
    if (version !== 1) throw new Error('version must be 1');
    return {
      messageId: text(messageId, 'messageId'),
      broadcast: decodeBroadcast(record(broadcast, 'broadcast')),
      attempt: count(attempt, 'attempt'),
      recipients: recipients === null ? null : decodeRecipients(record(recipients, 'recipients')),
    };
  } catch (cause) {
    throw new MalformedMessage(
      `not a queue message: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}

function decodeBroadcast(value: Record<string, unknown>): Broadcast {
  const { dataType, data } = record(value['payload'], 'payload');
  return {
    broadcastId: text(value['broadcastId'], 'broadcastId'),
    target: decodeTarget(record(value['target'], 'target')),
    payload: parsePayload(dataType, data),
    acceptedAt: count(value['acceptedAt'], 'acceptedAt'),
    traceparent: parseTraceparent(value['traceparent']),
  };
}

function decodeTarget({ kind, except: excluded, ...more }: Record<string, unknown>): Target {
  const except = excluded === null ? null : parseConnectionId(excluded, 'target.except');
  if (kind === 'all') return { kind, except };
  if (kind === 'room') return { kind, room: parseRoom(more['room'], 'target.room'), except };
  if (kind === 'user') return { kind, userId: parseUserId(more['userId'], 'target.userId'), except };
  if (kind === 'connections') {
    return { kind, connectionIds: ids(more['connectionIds'], 'target.connectionIds'), except };
  }
  throw new Error('target.kind must be "all", "room", "user" or "connections"');
}

function decodeRecipients({ pushAddress, connectionIds }: Record<string, unknown>): Recipients {
  return {
    pushAddress: pushAddress === null ? null : text(pushAddress, 'recipients.pushAddress'),
    connectionIds: ids(connectionIds, 'recipients.connectionIds'),
  };
}

function ids(value: unknown, field: string): string[] {
  if (!Array.isArray(value)) throw new Error(`${field} must be an array`);
  return value.map((id) => parseConnectionId(id, field));
}

function record(value: unknown, field: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new Error(`${field} must be an object`);
}

function text(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`${field} must be a non-empty string`);
}

function count(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw new Error(`${field} must be a whole number`);
}
