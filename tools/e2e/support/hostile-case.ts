import type { SeededRandom } from './hostile-random';

/** Something that nobody should send, and how the gateway answers it. */
export interface HostileCase {
  /** What it is; together with the seed enough to make it again. */
  readonly name: string;
  readonly listener: 'public' | 'push';
  /** At once; where there are {@link frames}, an upgrade request. */
  readonly request: Buffer;
  /** After the upgrade. */
  readonly frames?: Buffer;
  /**
   * `waits` until the gateway ends the connection; `halves` ends its own half; `resets` the connection once all is sent;
   * `drips` further bytes, one by one.
   */
  readonly then: 'waits' | 'halves' | 'resets' | 'drips';
  /** Documented answers, as {@link Transcript} writes them. */
  readonly answers: readonly string[] | RegExp;
  /** Messages that the transfer function gets because of it. */
  readonly handedOver?: readonly string[];
  /** Messages that a well-behaved client gets because of it. */
  readonly delivered?: readonly string[];
}

/** Where hostile cases go. */
export interface HostileScene {
  /** Push secret of the API `/release/websocket`. */
  readonly apiId: string;
  /** Connections of well-behaved clients of that API. */
  readonly connectionIds: readonly string[];
  /** Id and key of a pair that `/release/signed` takes. */
  readonly keyPair: { readonly secretId: string; readonly secretKey: string };
  /** Of one client message. */
  readonly maxMessageBytes: number;
}

export type HostileKind = (random: SeededRandom, scene: HostileScene, place: number) => HostileCase;

export const PRINTABLE = Array.from({ length: 95 }, (_, code) => String.fromCharCode(code + 32)).join('');
export const TOKEN = "abcXYZ019!#$%&'*+-.^_`|~";

/** Lets the connection be found working, and ended in an orderly way. */
export const FAREWELL = 'pong | close 1000';

export const OF_EVERY_OBJECT = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
