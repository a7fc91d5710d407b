import * as z from 'zod';
import { answer } from './schemas';

const schema = z.strictObject({ broadcastId: z.string() }).meta({ id: 'Accepted' });

/** How a broadcast that has become durable is answered. */
export const accepted = answer('It is durable. `Location` is its receipt.', schema);

export function receiptPath(broadcastId: string): string {
  return `/v1/broadcasts/${encodeURIComponent(broadcastId)}`;
}
