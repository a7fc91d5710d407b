import { variable } from '@sendback/adapter/node';
import { parseDatabaseUrl } from '@sendback/adapter/typeorm';
import { DEFAULT_LIMITS, indistinguishablePaths } from '@sendback/domain/gateway';
import * as z from 'zod';
import { apiConfig } from './api-schema';
import { file, port } from './fields';

const MIB = 1024 * 1024;

/** A gateway but for its APIs. */
export const serverSettings = z.strictObject({
  listen: z
    .strictObject({
      host: z.string().default('0.0.0.0'),
      port: port.default(8080),
      /** PEM files. */
      tls: z.strictObject({ cert: file, key: file }).optional(),
      /** Proxies whose X-Forwarded-For is believed: addresses, networks, `loopback`, `uniquelocal`. */
      trustProxy: z.array(z.string().min(1)).max(100).default([]),
    })
    .prefault({}),
  reversePush: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: port.default(8081),
      /**
       * PEM files; with `clientCa` only who has a certificate of it is let in. `ca` is of the other gateways'
       * certificates, `clientCa` where it is left out.
       */
      tls: z
        .strictObject({ cert: file, key: file, clientCa: file.optional(), ca: file.optional() })
        .optional(),
      /** Bearer tokens, of which each push must bring one. */
      tokens: z
        .array(z.string().regex(/^[\x21-\x7e]{32,512}$/, 'must be 32 to 512 printable characters'))
        .max(10)
        .default([]),
      /** How other gateways reach this one. */
      advertise: z.string().refine(isOrigin, 'must be http://host:port or https://host:port').optional(),
    })
    .prefault({}),
  database: z.prefault(variable(parseDatabaseUrl), 'sqlite:.data/gateway.db'),
  maxMessageBytes: z
    .int()
    .min(1)
    .max(16 * MIB)
    .default(MIB),
  maxConnections: z.int().min(1).default(DEFAULT_LIMITS.maxConnections),
  /** Seconds between pings. */
  heartbeat: z
    .number()
    .min(1)
    .max(3_600)
    .default(DEFAULT_LIMITS.heartbeatMs / 1_000),
  /** Bytes not yet sent to one client, past which it is slow. */
  outboxBytes: z
    .int()
    .min(64 * 1024)
    .max(256 * MIB)
    .default(DEFAULT_LIMITS.outboxBytes),
  /** Milliseconds within which frames for one client leave together; 0 sends each by itself. */
  frameWindow: z.int().min(0).max(100).default(2),
  /** permessage-deflate. */
  compression: z.boolean().default(false),
  /** Seconds over which clients are told to go when the gateway stops. */
  drainWindow: z.number().min(0).max(3_600).default(5),
});

export const gatewayConfig = serverSettings.extend({
  apis: z.array(apiConfig).min(1).max(1_000).superRefine(areDifferent),
});

export type ServerSettings = z.output<typeof serverSettings>;
export type GatewayConfig = z.output<typeof gatewayConfig>;

function areDifferent(apis: readonly z.output<typeof apiConfig>[], context: z.RefinementCtx): void {
  const same = indistinguishablePaths(apis);
  if (same) {
    const [earlier, later] = same;
    const message = `no request tells it from that of apis.${earlier}`;
    context.addIssue({ code: 'custom', path: [later, 'path'], message });
  }
  const seen = new Set<string>();
  for (const [index, { id }] of apis.entries()) {
    if (id === undefined) continue;
    if (seen.has(id)) context.addIssue({ code: 'custom', path: [index, 'id'], message: 'is there twice' });
    seen.add(id);
  }
}

/** User and password would stand in the log with it, a path would be lost. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, pathname, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${pathname}${search}${hash}` === '/';
}
