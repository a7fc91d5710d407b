import { createHash } from 'node:crypto';
import type { ConsumeMessage, MessageProperties } from 'amqplib';
import type { NewDeadLetter } from '@sendback/domain/messaging';
import type { Outgoing } from './broker/publishing-channel';

const TYPE = 'sendback dead letter';

/** Headers are limited to 64 KiB by amqplib, and to one frame by the protocol. */
const MAX_REASON_CHARACTERS = 8_000;

/** A dead letter on its way to the store: the body as it was, the rest in headers. */
export function outgoingDeadLetter(letter: NewDeadLetter, queue: string): Outgoing {
  const { key, lane, body, reason, deadAt } = letter;
  return {
    exchange: '',
    routingKey: queue,
    body: Buffer.from(body),
    durable: true,
    properties: {
      messageId: key,
      type: TYPE,
      timestamp: Math.floor(deadAt / 1_000),
      headers: { lane, deadAt, reason: reason.slice(0, MAX_REASON_CHARACTERS) },
    },
  };
}

/** Also for what the broker itself buried, or somebody else put there. */
export function incomingDeadLetter({ content, properties }: ConsumeMessage, now: number): NewDeadLetter {
  const { type, messageId } = properties as { type?: unknown; messageId?: unknown };
  const headers: Record<string, unknown> = properties.headers ?? {};
  const body = content.toString();
  if (type !== TYPE) return brokersDeadLetter(properties, body, now);
  return {
    key: String(messageId),
    lane: number(headers['lane'], 0),
    body,
    reason: String(headers['reason']),
    deadAt: number(headers['deadAt'], now),
  };
}

function brokersDeadLetter(
  { headers = {}, messageId }: MessageProperties,
  body: string,
  now: number,
): NewDeadLetter {
  const death = headers['x-death']?.[0];
  const { queue, reason, time } = death ?? {
    queue: 'an unknown queue',
    reason: 'unknown',
    time: { value: NaN },
  };
  const diedAt = number(time.value, now / 1_000) * 1_000;
  const digest = createHash('sha256').update(JSON.stringify([queue, time.value, String(messageId), body]));
  return {
    key: digest.digest('hex'),
    lane: Number(/\.lane\.(\d+)$/.exec(queue)?.[1] ?? 0),
    body,
    reason: `the broker took it off ${queue}: ${reason}`,
    deadAt: diedAt,
  };
}

const number = (value: unknown, otherwise: number): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : otherwise;
