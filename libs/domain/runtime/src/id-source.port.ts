/** Unguessable identifiers. The only source of randomness in the domain. */
export abstract class IdSource {
  /** Lower-case hexadecimal of `bytes` cryptographically random bytes: two characters a byte. */
  abstract hex(bytes: number): string;

  /** A random UUID (version 4), lower case. */
  abstract uuid(): string;
}
