import * as z from 'zod/mini';
import { ConfigError, variable } from './environment';
import { belongTogether, readCertificates, readPrivateKey } from './pem-files';

/** Of all apps that push: what the push addresses ask for besides the secret in their path. */
export const pushVariables = {
  /** Bearer token. */
  SENDBACK_TOKEN: z.optional(variable(parseToken)),
  /** Paths of PEM files: the CAs of `https:` push addresses, in place of those that Node.js trusts. */
  SENDBACK_CA: z.optional(variable(readCertificates)),
  /** The certificate that they want to see, and the key to it. */
  SENDBACK_CERT: z.optional(variable(readCertificates)),
  SENDBACK_KEY: z.optional(variable(readPrivateKey)),
};

type PushVariables = { readonly [K in keyof typeof pushVariables]?: z.output<(typeof pushVariables)[K]> };

/** What the variables say, for whoever pushes. */
export interface PushSecrets {
  readonly token?: string;
  /** Contents of PEM files. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** @throws ConfigError when certificate and key are not both there, or do not belong together */
export function pushSecrets(variables: PushVariables): PushSecrets {
  const { SENDBACK_TOKEN: token, SENDBACK_CA: ca, SENDBACK_CERT: cert, SENDBACK_KEY: key } = variables;
  if (cert === undefined && key !== undefined) throw new ConfigError('SENDBACK_KEY needs SENDBACK_CERT');
  if (cert !== undefined && key === undefined) throw new ConfigError('SENDBACK_CERT needs SENDBACK_KEY');
  if (cert !== undefined && key !== undefined && !belongTogether(cert, key)) {
    throw new ConfigError('SENDBACK_KEY is not the key to the certificate of SENDBACK_CERT');
  }
  const tls = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  return { ...(token !== undefined && { token }), ...(Object.keys(tls).length > 0 && { tls }) };
}

function parseToken(value: string): string {
  if (/^[\x21-\x7e]{32,512}$/.test(value)) return value;
  throw new Error('must be 32 to 512 printable characters');
}
