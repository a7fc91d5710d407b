import { fastifyBearerAuth } from '@fastify/bearer-auth';
import type { FastifyInstance } from 'fastify';

/**
 * Lets nobody into this scope without one of the tokens. The plugin compares with `timingSafeEqual`, and with something
 * of the same length where lengths differ; nothing of the body is read before.
 */
export async function requireToken(app: FastifyInstance, tokens: readonly string[]): Promise<void> {
  // Its own hook would answer by itself, in a form of its own.
  await app.register(fastifyBearerAuth, { keys: new Set(tokens), specCompliance: 'rfc6749', addHook: false });
  if (app.verifyBearerAuth) app.addHook('onRequest', app.verifyBearerAuth);
}
