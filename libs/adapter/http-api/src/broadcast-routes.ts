import type { BroadcastLedger, ProduceBroadcast, Receipt } from '@sendback/domain/messaging';
import { type IdSource, parseTraceparent } from '@sendback/domain/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { accepted, receiptPath } from './accepted';
import { broadcastIdOf, broadcastRequest, fingerprintOf, payloadOf, targetOf } from './broadcast-request';
import { Problem } from './problem';
import { answer, byId, errors, isoTime, noQuery, time } from './schemas';

export interface BroadcastPorts {
  readonly produceBroadcast: ProduceBroadcast;
  readonly broadcasts: BroadcastLedger;
  readonly ids: IdSource;
}

const count = (description: string): z.ZodInt => z.int().describe(description);

const receipt = z
  .strictObject({
    broadcastId: z.string(),
    status: z.enum(['running', 'finished']).describe('Finished when nobody is waiting for it any more.'),
    acceptedAt: time,
    recipients: count('Found so far.'),
    delivered: count('Given it by a gateway.'),
    gone: count('Were no longer connected.'),
    slow: count('Did not read fast enough, and were closed.'),
    failed: count('Given up: there is a dead letter.'),
    pending: count('Waiting to be tried again.'),
  })
  .meta({ id: 'Receipt' });

const headers = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 characters of printable ASCII')
    .optional()
    .describe(
      'With the same key and body it is the same broadcast, for as long as its receipt is kept (7 days).',
    ),
  traceparent: z.string().optional().describe('W3C trace context, passed on to the gateways.'),
});

export function broadcastRoutes({
  produceBroadcast,
  broadcasts,
  ids,
}: BroadcastPorts): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/broadcasts',
      {
        schema: {
          operationId: 'createBroadcast',
          summary: 'Send something to connections',
          tags: ['broadcasts'],
          headers,
          querystring: noQuery,
          body: broadcastRequest,
          response: {
            202: accepted,
            ...errors(
              'bad_data',
              'bad_connection_id',
              'too_large',
              'unsupported_media_type',
              'idempotency_conflict',
              'queue_unavailable',
            ),
          },
        },
      },
      async ({ body, headers }, reply) => {
        const key = headers['idempotency-key'];
        const broadcastId = key === undefined ? ids.uuid() : broadcastIdOf(key);
        const [target, payload] = [targetOf(body), payloadOf(body)];
        const traceparent = parseTraceparent(headers.traceparent);
        await produceBroadcast.execute(
          { broadcastId, target, payload, traceparent },
          fingerprintOf(target, payload),
        );
        return reply.code(202).header('Location', receiptPath(broadcastId)).send({ broadcastId });
      },
    );

    app.get(
      '/broadcasts/:id',
      {
        schema: {
          operationId: 'getBroadcast',
          summary: 'The receipt of a broadcast, live while it runs',
          tags: ['broadcasts'],
          ...byId,
          response: {
            200: answer('What became of each recipient, as of now.', receipt),
            ...errors('not_found'),
          },
        },
      },
      async ({ params }) => {
        const found = await broadcasts.find(params.id);
        if (!found) throw new Problem('not_found', 'there is no receipt of such a broadcast');
        return receiptOf(found);
      },
    );
  };
}

function receiptOf({ acceptedAt, lanesReported: _lanes, ...rest }: Receipt): z.output<typeof receipt> {
  return { ...rest, acceptedAt: isoTime(acceptedAt) };
}
