import { createHash } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';
import type { NewDeadLetter } from '@sendback/domain/messaging';
import type { Outgoing } from './broker/publishing-channel';

const TYPE = 'sendback dead letter';

/** Headers are limited to 64 KiB by amqplib, and to one frame by the protocol. */
const MAX_REASON_CHARACTERS = 8_000;

/** Lanes are far fewer; what stores can hold. */
const MAX_LANE = 65_535;

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

/** Never throws: also for what the broker itself took off a lane, and for what somebody else has put there. */
export function incomingDeadLetter({ content, properties }: ConsumeMessage, now: number): NewDeadLetter {
  const { type, messageId } = properties as { type?: unknown; messageId?: unknown };
  const headers: Record<string, unknown> = properties.headers ?? {};
  const body = content.toString();
  if (type !== TYPE || typeof messageId !== 'string') return foreignDeadLetter(headers, messageId, body, now);
  return {
    key: messageId,
    lane: laneOf(headers['lane']),
    body,
    reason: textOf(headers['reason'], 'unknown'),
    deadAt: timeOf(headers['deadAt'], now),
  };
}

/** The broker says in a header what it did with a message, the last thing first. */
function foreignDeadLetter(
  headers: Readonly<Record<string, unknown>>,
  messageId: unknown,
  body: string,
  now: number,
): NewDeadLetter {
  const [death] = Array.isArray(headers['x-death']) ? (headers['x-death'] as unknown[]) : [];
  const { queue, reason, time } = (death ?? {}) as { queue?: unknown; reason?: unknown; time?: unknown };
  const source = textOf(queue, 'an unknown queue');
  const diedAt = Number(((time ?? {}) as { value?: unknown }).value);
  const said = JSON.stringify([source, diedAt, textOf(messageId, ''), body]);
  return {
    key: createHash('sha256').update(said).digest('hex'),
    lane: laneOf(Number(/\.lane\.(\d+)$/.exec(source)?.[1])),
    body,
    reason: `the broker took it off ${source}: ${textOf(reason, 'it does not say why')}`,
    deadAt: timeOf(diedAt * 1_000, now),
  };
}

const textOf = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);

const laneOf = (value: unknown): number => (isCount(value) && value <= MAX_LANE ? value : 0);

const timeOf = (value: unknown, otherwise: number): number => (isCount(value) ? value : otherwise);

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
