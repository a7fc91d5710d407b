import { DEFAULT_BACKEND_TIMEOUT_SECONDS, problemOfPath } from '@sendback/domain/gateway';
import * as z from 'zod';
import { seconds } from './fields';
import { functionConfig } from './function-schema';

const auth = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({
    type: z.literal('keyPair'),
    keys: z
      .array(
        z.strictObject({
          secretId: z
            .string()
            .regex(
              /^[\x21\x23-\x7e]{1,100}$/,
              'must be 1 to 100 printable characters without spaces and quotes',
            ),
          secretKey: z.string().min(16, 'must have at least 16 characters').max(1_024),
        }),
      )
      .min(1)
      .max(1_000)
      .refine((keys) => new Set(keys.map(({ secretId }) => secretId)).size === keys.length, {
        error: 'a secretId is there twice',
      }),
  }),
]);

const rate = z.number().positive().default(Infinity);

const clientLimits = z
  .strictObject({
    connections: z.int().positive().or(z.literal(Infinity)).default(Infinity),
    messagesPerSecond: rate,
    bytesPerSecond: rate,
  })
  .prefault({});

/** An API but for its functions. */
export const apiSettings = z.strictObject({
  /** The secret part of the reverse push address; made at the first start and kept where it is left out. */
  id: z
    .string()
    .regex(/^api-[0-9a-f]{32,64}$/, 'must be "api-" and 32 to 64 hexadecimal digits')
    .optional(),
  serviceName: z.string().regex(/^[A-Za-z0-9_]{1,50}$/, 'must be 1 to 50 letters, digits and underscores'),
  stage: z.enum(['release', 'prepub', 'test']).default('release'),
  path: z
    .string()
    .max(1_024)
    .superRefine((path, context) => {
      const message = problemOfPath(path);
      if (message !== null) context.addIssue({ code: 'custom', message });
    })
    .default('/websocket'),
  auth: auth.default({ type: 'none' }),
  allowedOrigins: z
    .array(
      z
        .string()
        .refine(isOrigin, 'must be https://host, https://host:port without a default port, or "null"'),
    )
    .min(1)
    .max(100)
    .optional(),
  backendTimeout: seconds.default(DEFAULT_BACKEND_TIMEOUT_SECONDS),
  integrationResponse: z.boolean().default(false),
  handOversAtOnce: z.int().min(1).max(64).default(1),
  limits: z.strictObject({ all: clientLimits, perAddress: clientLimits }).prefault({}),
});

export const apiConfig = apiSettings.extend({
  functions: z.strictObject({
    register: functionConfig.optional(),
    transfer: functionConfig,
    cleanup: functionConfig.optional(),
  }),
});

export type ApiSettings = z.output<typeof apiSettings>;

/** As browsers write it: the port is left out where it is the scheme's own. */
function isOrigin(text: string): boolean {
  if (text === 'null') return true;
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && `${url.protocol}//${url.host}` === text.toLowerCase();
}
