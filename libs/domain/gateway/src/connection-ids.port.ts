/**
 * Connection ids that name the tenure they belong to, by its tag, to whoever holds the key, and nothing to anybody else.
 *
 * - An id is 44 lower-case hexadecimal digits: 32 random ones, in which no two ids agree and which lanes are ranges of, and
 *   12 that are the tag under a pad which the key makes from the random ones. Without the key all of it looks random:
 *   not even whether two connections share a node is to be seen.
 * - All that share a key read each other's ids.
 */
export abstract class ConnectionIds {
  /** @param tag 12 lower-case hexadecimal digits, from {@link newNodeTag} */
  abstract create(tag: string): string;

  /**
   * The tag of an id. An id that was made otherwise gives null, one that was tampered with a tag that nobody has, or the
   * tag of a node that does not have this id. Never throws, whatever the string.
   */
  abstract tagOf(id: string): string | null;
}
