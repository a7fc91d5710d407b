import {
  type DeadLetter,
  decodeQueueMessage,
  MalformedMessage,
  type Payload,
  type QueueMessage,
} from '@sendback/domain/messaging';
import * as z from 'zod';
import { isoTime, time } from './schemas';

const except = z.string().nullable().describe('A connection that is left out: its sender.');
const target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all'), except }),
  z.strictObject({ kind: z.literal('room'), room: z.string(), except }),
  z.strictObject({ kind: z.literal('user'), userId: z.string(), except }),
  z.strictObject({ kind: z.literal('connections'), connectionIds: z.array(z.string()), except }),
]);

const fields = {
  id: z.string(),
  lane: z.int(),
  reason: z.string().describe('Why it was given up.'),
  deadAt: time,
  broadcastId: z.string().nullable(),
  target: target.nullable(),
  recipients: z.int().nullable().describe('How many were left without it; null: whoever is in the target.'),
  attempt: z.int().nullable().describe('How often it had been retried.'),
};

const UNREADABLE = 'Of a message that no broadcaster can read, what the message would say is null.';

/** Without the payload, which may be large, and the push address, which is a secret. */
export const deadLetterSummary = z.strictObject(fields).meta({ id: 'DeadLetter', description: UNREADABLE });

export const deadLetterDetails = z
  .strictObject({
    ...fields,
    payload: z
      .union([z.strictObject({ text: z.string() }), z.strictObject({ base64: z.string() })])
      .nullable(),
  })
  .meta({ id: 'DeadLetterDetails', description: UNREADABLE });

export type DeadLetterSummary = z.output<typeof deadLetterSummary>;

export function summaryOf(letter: DeadLetter): DeadLetterSummary {
  return summary(letter, read(letter));
}

export function detailsOf(letter: DeadLetter): z.output<typeof deadLetterDetails> {
  const message = read(letter);
  return { ...summary(letter, message), payload: message && payloadOf(message.broadcast.payload) };
}

function summary({ id, lane, reason, deadAt }: DeadLetter, message: QueueMessage | null): DeadLetterSummary {
  return {
    id,
    lane,
    reason,
    deadAt: isoTime(deadAt),
    broadcastId: message && message.broadcast.broadcastId,
    target: message && targetOf(message),
    recipients: message?.recipients?.connectionIds.length ?? null,
    attempt: message && message.attempt,
  };
}

function targetOf({ broadcast: { target } }: QueueMessage): DeadLetterSummary['target'] {
  return target.kind === 'connections' ? { ...target, connectionIds: [...target.connectionIds] } : target;
}

function payloadOf({ dataType, data }: Payload): { text: string } | { base64: string } {
  return dataType === 'text' ? { text: data } : { base64: data };
}

function read({ body }: DeadLetter): QueueMessage | null {
  try {
    return decodeQueueMessage(body);
  } catch (error) {
    if (error instanceof MalformedMessage) return null;
    throw error;
  }
}
