import type { FastifyInstance } from 'fastify';
import { Problem } from './problem';

/** From the whole request on. */
const ANSWER_MS = 4_500;

/** Whatever a handler waits for: its client is answered within five seconds, though not always with the outcome. */
export function answerInTime(app: FastifyInstance): void {
  app.addHook('preHandler', async (_request, reply) => {
    const timer = setTimeout(() => {
      if (!reply.sent) void reply.send(new Problem('timeout'));
    }, ANSWER_MS);
    reply.raw.once('close', () => clearTimeout(timer));
  });
}
