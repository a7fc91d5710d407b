import type { AddressInfo } from 'node:net';
import { GuardedProcess } from '@sendback/tools/services';
import { sinkServer } from './sink-server';
import type { SinkOrders, SinkReport } from './sink-state';

/** The argument that makes the tool a sink. */
export const SINK_PROCESS = 'sink-process';

/** Serves a sink in this process until it is killed, and prints its port. */
export function serveSink(): void {
  const server = sinkServer().listen(0, '127.0.0.1', () => {
    process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`);
  });
}

/** A sink in a process of its own. */
export class Sink {
  private constructor(
    private readonly process: GuardedProcess,
    private readonly origin: string,
  ) {}

  static async start(): Promise<Sink> {
    const command = { file: process.execPath, args: [process.argv[1] ?? '', SINK_PROCESS], env: {} };
    let hear = (_: string): void => undefined;
    const port = new Promise<string>((resolve) => {
      hear = (text) => {
        const [, found] = /^port (\d+)/.exec(text) ?? [];
        if (found !== undefined) resolve(found);
      };
    });
    const sink = await GuardedProcess.start(command, { hear: (text) => hear(text) });
    const ended = sink.ended.then(() => Promise.reject(new Error(`the sink ended:\n${sink.output}`)));
    return new Sink(sink, `http://127.0.0.1:${await Promise.race([port, ended])}`);
  }

  get pid(): number {
    return this.process.pid;
  }

  /** A push address; pushes are counted by it. */
  address(name: string): string {
    return `${this.origin}/api-${name}`;
  }

  async begin(orders: SinkOrders): Promise<void> {
    await this.order('begin', JSON.stringify(orders));
  }

  async release(): Promise<void> {
    await this.order('release');
  }

  /**
   * Resolves once so many deliveries were answered since it began.
   * @throws Error when that takes longer than `ms`
   */
  async reach(deliveries: number, ms: number): Promise<void> {
    await this.order('reach', String(deliveries), ms).catch(async (error: unknown) => {
      const { deliveries: come } = await this.report();
      throw new Error(`${come} of ${deliveries} deliveries came within ${ms} ms`, { cause: error });
    });
  }

  async report(): Promise<SinkReport> {
    return (await this.order('report')) as SinkReport;
  }

  async stop(): Promise<void> {
    await this.process.kill();
  }

  private async order(name: string, body = '', ms = 10_000): Promise<unknown> {
    const signal = AbortSignal.timeout(ms);
    const response = await fetch(`${this.origin}/sink/${name}`, { method: 'POST', body, signal });
    if (!response.ok) throw new Error(`the sink says ${response.status}: ${await response.text()}`);
    return response.json();
  }
}
