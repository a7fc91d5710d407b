/** A server that programs and suites talk to. */
export interface Service {
  /** What it is, with its version: `MariaDB 10.11.6`. */
  readonly name: string;
  /** With user and password. */
  readonly url: string;
}

/** A server of this process's own, on a loopback port, which ends with this process. */
export interface PrivateService extends Service {
  /** Of the server while it runs; null while it is down, or in a container. */
  readonly pid: number | null;
  /** Called when it ends without having been asked to; the end of a container goes unnoticed. */
  onEnd: (() => void) | null;
  /** Starts it again, on the same port and with the data it had, and resolves when it answers. */
  start(): Promise<void>;
  /** In good order. */
  stop(): Promise<void>;
  /** At once, as in a power cut. */
  kill(): Promise<void>;
  /** Ends it and removes all it has written. */
  remove(): Promise<void>;
}
