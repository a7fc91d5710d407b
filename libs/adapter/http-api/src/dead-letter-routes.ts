import type { DeadLetterStore, RequeueDeadLetter } from '@sendback/domain/messaging';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { accepted, receiptPath } from './accepted';
import {
  deadLetterDetails,
  type DeadLetterSummary,
  deadLetterSummary,
  detailsOf,
  summaryOf,
} from './dead-letter-view';
import { next, pageOf, pageQuery } from './paging';
import { Problem } from './problem';
import { answer, byId, errors } from './schemas';

export interface DeadLetterPorts {
  readonly deadLetters: DeadLetterStore;
  readonly requeueDeadLetter: RequeueDeadLetter;
}

/** Read at a time: each may be as large as a message on the queue. */
const READ_AT_ONCE = 10;

export function deadLetterRoutes({ deadLetters, requeueDeadLetter }: DeadLetterPorts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/dead-letters',
      {
        schema: {
          operationId: 'listDeadLetters',
          summary: 'Messages that were given up, oldest first',
          tags: ['dead letters'],
          querystring: pageQuery(100, 20),
          response: {
            200: answer('A page of them.', z.strictObject({ deadLetters: z.array(deadLetterSummary), next })),
            ...errors(),
          },
        },
      },
      async ({ query: { after, limit } }) => {
        const { page, next } = pageOf(await summaries(deadLetters, after, limit + 1), limit, ({ id }) => id);
        return { deadLetters: [...page], next };
      },
    );

    app.get(
      '/dead-letters/:id',
      {
        schema: {
          operationId: 'getDeadLetter',
          summary: 'A dead letter with its payload',
          tags: ['dead letters'],
          ...byId,
          response: {
            200: answer('A dead letter.', deadLetterDetails),
            ...errors('not_found'),
          },
        },
      },
      async ({ params }) => {
        const letter = await deadLetters.find(params.id);
        if (!letter) throw noDeadLetter();
        return detailsOf(letter);
      },
    );

    app.post(
      '/dead-letters/:id/requeue',
      {
        schema: {
          operationId: 'requeueDeadLetter',
          summary: 'Give a dead letter another life, with all its retries',
          tags: ['dead letters'],
          ...byId,
          response: {
            202: accepted,
            ...errors('not_found', 'malformed_message', 'queue_unavailable'),
          },
        },
      },
      async ({ params }, reply) => {
        const message = await requeueDeadLetter.execute(params.id);
        if (!message) throw noDeadLetter();
        const { broadcastId } = message.broadcast;
        return reply.code(202).header('Location', receiptPath(broadcastId)).send({ broadcastId });
      },
    );
  };
}

async function summaries(
  deadLetters: DeadLetterStore,
  after: string,
  limit: number,
): Promise<DeadLetterSummary[]> {
  const found: DeadLetterSummary[] = [];
  for (let more = true; more && found.length < limit;) {
    const wanted = Math.min(READ_AT_ONCE, limit - found.length);
    const page = await deadLetters.page(found.at(-1)?.id ?? after, wanted);
    for (const letter of page) found.push(summaryOf(letter));
    more = page.length === wanted;
  }
  return found;
}

function noDeadLetter(): Problem {
  return new Problem('not_found', 'there is no such dead letter');
}
