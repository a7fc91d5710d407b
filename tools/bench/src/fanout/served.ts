import type { Dialect } from './message';

export interface Load {
  readonly clients: number;
  readonly bytes: number;
  /** Messages under way at a time: published, and not with all their recipients yet. */
  readonly atOnce: number;
}

/** Clients that connect at the same path. */
export interface Group {
  readonly path: string;
  readonly count: number;
}

/** A server under measurement, and what its clients and whoever publishes need to know of it. */
export interface Served {
  readonly name: string;
  readonly port: number;
  readonly groups: readonly Group[];
  readonly dialect: Dialect;
  /** Of all its processes. */
  readonly pids: () => readonly number[];
  /** Resolves when the server has answered, which may be before or after clients have it. */
  publish(number: number, load: Load): Promise<unknown>;
  stop(): Promise<void>;
}
