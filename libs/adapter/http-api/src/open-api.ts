import { fastifySwagger } from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import * as z from 'zod';
import { PROBLEMS } from './problem';
import { answer, noQuery } from './schemas';

const rows = Object.entries(PROBLEMS).map(
  ([code, { status, when }]) => `| ${status} | \`${code}\` | ${when} |`,
);

const DESCRIPTION = `Send to connected clients, see who is connected, and what could not be delivered.

Every error is \`{"code":"…","message":"…"}\`. Whatever happens, a complete request is answered within 5 seconds.
After a status of 5xx it is safe to repeat it, after \`Retry-After\` seconds where the answer says so; a broadcast needs
an \`Idempotency-Key\` for that, or it may be sent twice.

| status | code | when |
| --- | --- | --- |
${rows.join('\n')}
`;

/** Collects the routes that are added from now on into the document, which is served to everybody. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sendback', version: '1', description: DESCRIPTION },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => withoutTwins(jsonSchemaTransformObject(document)),
  });
  app.withTypeProvider<ZodTypeProvider>().get(
    '/openapi.json',
    {
      schema: {
        operationId: 'getDocument',
        summary: 'This document',
        security: [],
        querystring: noQuery,
        response: { 200: answer('OpenAPI 3.1.', z.looseObject({})) },
      },
    },
    async () => ({ ...app.swagger() }),
  );
}

/** Each named schema comes a second time, as what a request would hold; requests here hold none of them. */
function withoutTwins<Document extends object>(document: Document): Document {
  const { components } = document as { readonly components?: { readonly schemas?: object } };
  const named = Object.entries(components?.schemas ?? {}).filter(([name]) => !name.endsWith('Input'));
  return { ...document, components: { ...components, schemas: Object.fromEntries(named) } };
}
