import type { DataSource } from 'typeorm';
import { type DatabaseUrl, describeDatabase } from './database-url';
import { isBehind, runMigrations } from './data-source';
import { Deadline } from './deadline';
import { atomically, type Engine, type Schema, sessionOn } from './engine';
import { MySqlEngine } from './mysql-engine';
import type { Session } from './session';
import { SqliteEngine } from './sqlite-engine';

const OPEN_MS = 10_000;
const MIGRATE_MS = 600_000;

/** What is open for one URL in this process. */
export class SharedSource {
  private static readonly all = new Map<string, SharedSource>();
  private opening: Promise<DataSource> | null = null;
  private migrating: Promise<void> | null = null;
  private users = 0;

  private constructor(
    private readonly key: string,
    readonly label: string,
    private readonly schema: Schema,
    private readonly engine: Engine,
  ) {}

  static of(url: DatabaseUrl, schema: Schema, poolSize: number): SharedSource {
    const key = JSON.stringify([url, schema]);
    const engine = (): Engine =>
      url.engine === 'sqlite' ? new SqliteEngine(url) : new MySqlEngine(url, poolSize);
    const source =
      SharedSource.all.get(key) ?? new SharedSource(key, describeDatabase(url), schema, engine());
    SharedSource.all.set(key, source);
    source.users++;
    return source;
  }

  /** Opens, and migrates when asked to: once, or again after it failed. */
  async ready(migrate: boolean): Promise<void> {
    const dataSource = await this.open();
    if (!migrate) return;
    this.migrating ??= this.migrate(dataSource).catch((error: unknown) => {
      this.migrating = null;
      throw error;
    });
    await this.migrating;
  }

  async run<T>(work: (session: Session) => Promise<T>, deadline: Deadline): Promise<T> {
    return this.engine.lend(await this.open(), deadline, (runner) =>
      work(sessionOn(runner, this.engine.dialect)),
    );
  }

  async transaction<T>(work: (session: Session) => Promise<T>, deadline: Deadline): Promise<T> {
    const { begin } = this.engine;
    return this.run((session) => atomically(session, begin, () => work(session)), deadline);
  }

  /** One user less; without any, the connections are closed. */
  async release(): Promise<void> {
    if (--this.users > 0) return;
    SharedSource.all.delete(this.key);
    const dataSource = await this.opening?.catch(() => null);
    // What cannot be closed in good order is lost already.
    if (dataSource) await this.engine.close(dataSource).catch(() => undefined);
  }

  private async open(): Promise<DataSource> {
    this.opening ??= this.openNow().catch((error: unknown) => {
      this.opening = null;
      throw error;
    });
    return this.opening;
  }

  private async openNow(): Promise<DataSource> {
    const opening = this.engine.open(this.schema);
    return new Deadline(OPEN_MS, this.label).race(opening).catch((error: unknown) => {
      opening.then(
        (late) => late.destroy(),
        () => undefined,
      );
      throw error;
    });
  }

  private async migrate(dataSource: DataSource): Promise<void> {
    const look = new Deadline(OPEN_MS, this.label);
    if (!(await this.engine.lend(dataSource, look, isBehind))) return;
    await this.engine.alone(dataSource, new Deadline(MIGRATE_MS, this.label), runMigrations);
  }
}
