import { BadData, parsePayload, type Payload } from './payload';

/** The frames that clients receive from the transfer function's actions (contract §8). */
export interface MessageFrame {
  readonly from: string;
  readonly room?: string;
  /** Set on a message that was sent to this one connection. */
  readonly direct?: true;
  readonly data: unknown;
  readonly messageId: string;
}

/** @throws TooLarge when the data and what is added to it do not fit into one payload */
export function messageFrame(frame: MessageFrame): Payload {
  return parsePayload('text', JSON.stringify({ type: 'message', ...frame }));
}

/** @throws BadData when the client's frame holds no `data` */
export function requiredData(fields: Readonly<Record<string, unknown>>): unknown {
  if (fields['data'] === undefined) throw new BadData('data is missing');
  return fields['data'];
}
