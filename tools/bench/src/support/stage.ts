import { createConnection } from 'mysql2/promise';
import type { Bench } from '../bench';
import { Sink } from '../sink/sink';
import { BuiltApp, type RunningApp } from './built-app';
import { Deployment } from './deployment';
import { type PrivateService, type Services, startServices } from '@sendback/tools/services';

/** The memory for data that a deployment's database would have; that of a server for tests is kept small. */
const SIZED = 'SET GLOBAL innodb_buffer_pool_size = 536870912';

/** What broadcasts need: MariaDB, RabbitMQ, a sink for the pushes and the built broadcaster. */
export class Stage {
  private constructor(
    private readonly bench: Bench,
    readonly services: Services<PrivateService>,
    readonly sink: Sink,
    private readonly broadcaster: BuiltApp,
    private readonly lanes: number,
  ) {}

  /** @param lanes of the queue */
  static async set(bench: Bench, lanes: number): Promise<Stage> {
    bench.say('building the broadcaster, starting servers');
    const broadcaster = await BuiltApp.build('broadcaster');
    bench.atEnd(() => broadcaster.remove());
    const services = await startServices();
    bench.atEnd(() => services.close());
    const sink = await Sink.start();
    bench.atEnd(() => sink.stop());
    bench.say(`on ${services.mysql.name} and ${services.amqp.name}`);
    const stage = new Stage(bench, services, sink, broadcaster, lanes);
    await stage.sql('', SIZED);
    return stage;
  }

  /** Broadcasts travel over the stage's queue, whichever the deployment: one at a time has a broadcaster running. */
  async deployment(name: string): Promise<Deployment> {
    await this.sql('', `CREATE DATABASE bench_${name}`);
    const deployment = new Deployment({
      databaseUrl: this.databaseUrl(name),
      queueUrl: this.queueUrl,
      lanes: this.lanes,
    });
    this.bench.atEnd(() => deployment.close());
    await deployment.connections.count();
    return deployment;
  }

  /** @param pushAddress for connections whose row has none */
  async startBroadcaster({ databaseUrl }: Deployment, pushAddress: string): Promise<RunningApp> {
    const { profile } = this.bench.options;
    const flags = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    const env = {
      DATABASE_URL: databaseUrl,
      QUEUE_URL: this.queueUrl,
      QUEUE_LANES: String(this.lanes),
      SENDBACK_URL: pushAddress,
    };
    return this.broadcaster.start(env, flags);
  }

  /**
   * Runs a statement on a deployment's database, or on the server where the name is empty.
   * @param rows takes the place of the statement's `?`
   */
  async sql(name: string, statement: string, rows: readonly unknown[][] = []): Promise<void> {
    const connection = await createConnection(name === '' ? this.services.mysql.url : this.databaseUrl(name));
    try {
      await connection.query(statement, [rows]);
    } finally {
      await connection.end();
    }
  }

  private get queueUrl(): string {
    return this.bench.options.queue === 'database' ? 'database:' : this.services.amqp.url;
  }

  private databaseUrl(name: string): string {
    const url = new URL(this.services.mysql.url);
    url.pathname = `/bench_${name}`;
    return url.href;
  }
}
