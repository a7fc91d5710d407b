import { createHash } from 'node:crypto';
import {
  MAX_ROOM_NAME_LENGTH,
  MAX_USER_ID_LENGTH,
  parseConnectionId,
  parseRoom,
  parseUserId,
} from '@sendback/domain/connection';
import {
  BadData,
  MAX_PAYLOAD_BYTES,
  MAX_TARGET_CONNECTIONS,
  parsePayload,
  type Payload,
  type Target,
  TooLarge,
} from '@sendback/domain/messaging';
import * as z from 'zod';
import { serialise } from './json-value';
import { Problem } from './problem';
import { connectionId } from './schemas';

/** Shapes only, for the document and for clear errors: what fields may hold is the domain's to say. */
const target = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('all') }).describe('Every connection.'),
    z.strictObject({
      kind: z.literal('room'),
      room: z.string().meta({ minLength: 1, maxLength: MAX_ROOM_NAME_LENGTH }),
    }),
    z.strictObject({
      kind: z.literal('user'),
      userId: z.string().meta({ minLength: 1, maxLength: MAX_USER_ID_LENGTH }),
    }),
    z.strictObject({
      kind: z.literal('connections'),
      connectionIds: z.array(connectionId).min(1).max(MAX_TARGET_CONNECTIONS),
    }),
  ])
  .describe('Whom it is for.');

export const broadcastRequest = z
  .strictObject({
    target,
    text: z.string().optional().describe('Sent as a text frame.'),
    json: z.unknown().optional().describe('Sent as a text frame: its serialisation without white space.'),
    base64: z.string().optional().describe('Sent as a binary frame: padded base64 of RFC 4648 §4.'),
  })
  .meta({
    description: `A target and exactly one of \`text\`, \`json\` and \`base64\`, at most ${MAX_PAYLOAD_BYTES} bytes on the socket.`,
    oneOf: ['text', 'json', 'base64'].map((name) => ({ required: [name] })),
  });

type BroadcastRequest = z.output<typeof broadcastRequest>;

/**
 * @throws DomainError naming the field
 * @throws Problem naming the field
 */
export function targetOf({ target }: BroadcastRequest): Target {
  const except = null;
  if (target.kind === 'all') return { kind: 'all', except };
  if (target.kind === 'room') return { kind: 'room', room: parseRoom(target.room, 'target.room'), except };
  if (target.kind === 'user')
    return { kind: 'user', userId: parseUserId(target.userId, 'target.userId'), except };
  const connectionIds = target.connectionIds.map((id, n) =>
    parseConnectionId(id, `target.connectionIds.${n}`),
  );
  return { kind: 'connections', connectionIds, except };
}

/** @throws Problem naming the field */
export function payloadOf(request: BroadcastRequest): Payload {
  const given = (['text', 'json', 'base64'] as const).filter((name) => Object.hasOwn(request, name));
  const [name, ...others] = given;
  if (!name || others.length > 0)
    throw new Problem('bad_request', 'give exactly one of text, json and base64');
  const { text = '', json, base64 = '' } = request;
  if (name === 'base64') return payload(name, 'binary', base64);
  return payload(name, 'text', name === 'json' ? serialise(json) : text);
}

function payload(field: string, dataType: Payload['dataType'], data: string): Payload {
  // A socket could only send something else in its place.
  if (dataType === 'text' && /\p{Surrogate}/u.test(data))
    throw new Problem('bad_data', `${field} must be well-formed Unicode`);
  try {
    return parsePayload(dataType, data);
  } catch (error) {
    if (error instanceof TooLarge)
      throw new Problem('too_large', `${field} must not exceed ${MAX_PAYLOAD_BYTES} bytes`);
    if (error instanceof BadData) throw new Problem('bad_data', `${field} must be base64 with padding`);
    throw error;
  }
}

/** The same for the same key; formed like other ids of broadcasts: a UUID (version 8). */
export function broadcastIdOf(idempotencyKey: string): string {
  const bytes = createHash('sha256').update(`Idempotency-Key: ${idempotencyKey}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Equal for requests that say the same to the same, however their JSON is written: 64 characters. */
export function fingerprintOf(target: Target, payload: Payload): string {
  return createHash('sha256')
    .update(JSON.stringify([target, payload]))
    .digest('hex');
}
