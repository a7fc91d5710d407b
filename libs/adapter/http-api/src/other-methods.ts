import type { FastifyInstance } from 'fastify';
import { Problem } from './problem';

/**
 * Notes the routes that are added from now on.
 * @returns what is to be called after the last: it answers every other method on their paths with 405
 */
export function refuseOtherMethods(app: FastifyInstance): () => void {
  const allowed = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ method, path }) => {
    const methods = allowed.get(path) ?? new Set();
    allowed.set(path, methods);
    for (const one of [method].flat()) methods.add(one);
  });
  return () => {
    for (const [path, methods] of [...allowed]) {
      const allow = [...methods].join(', ');
      app.route({
        method: app.supportedMethods.filter((method) => !methods.has(method)),
        url: path.slice(app.prefix.length),
        schema: { hide: true },
        handler: (_request, reply) => {
          void reply.header('Allow', allow);
          throw new Problem('method_not_allowed', `the methods of this path are ${allow}`);
        },
      });
    }
  };
}
