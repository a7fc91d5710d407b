export type Authentication =
  /** `secretId` goes to the registration function as `identity.secretId` (contract §1). */
  { readonly outcome: 'authenticated'; readonly secretId: string } | Unauthorized;

/** What the client is told with 401; it holds no secret. */
export interface Unauthorized {
  readonly outcome: 'unauthorized';
  readonly reason: string;
  /** For `WWW-Authenticate`: the scheme by which this API knows clients, with its parameters (RFC 9110 §11.6.1). */
  readonly challenge: string;
}

/**
 * Tells who wants to connect to an API (contract §5: auth type), by the headers of the upgrade request alone.
 *
 * - The same headers may come any number of times while they are valid: a client that reconnects may repeat them.
 * - How long the check takes tells nothing about the secrets it knows, nor whether it knows an id.
 * - Headers are whatever a stranger sends: none makes it throw, and they are not changed.
 */
export abstract class ClientAuthenticator {
  /**
   * @param headers under their names in lower case, several of the same name joined by `, `; a character is a byte of the
   * wire
   */
  abstract authenticate(headers: Readonly<Record<string, string>>): Authentication;
}
