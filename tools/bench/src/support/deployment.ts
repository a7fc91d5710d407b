import { randomUUID } from 'node:crypto';
import { AmqpBroadcastQueue, parseAmqpUrl } from '@sendback/adapter/amqp';
import { ConsoleLog, SystemClock } from '@sendback/adapter/node';
import {
  Database,
  parseDatabaseUrl,
  TypeOrmBroadcastLedger,
  TypeOrmBroadcastQueue,
  TypeOrmConnectionStore,
  TypeOrmDeadLetterStore,
} from '@sendback/adapter/typeorm';
import { type BroadcastQueue, type Receipt, type Target } from '@sendback/domain/messaging';

const RECEIPT_MS = 30_000;
const LOOK_AGAIN_MS = 20;

interface DeploymentUrls {
  readonly databaseUrl: string;
  readonly queueUrl: string;
  readonly lanes: number;
}

/** A database with our tables and a queue, as producers and registration see them. */
export class Deployment {
  readonly databaseUrl: string;
  readonly connections: TypeOrmConnectionStore;
  private readonly database: Database;
  private readonly ledger: TypeOrmBroadcastLedger;
  private readonly queue: BroadcastQueue;

  constructor({ databaseUrl, queueUrl, lanes }: DeploymentUrls) {
    const clock = new SystemClock();
    const log = new ConsoleLog(process.stderr);
    this.databaseUrl = databaseUrl;
    this.database = new Database(parseDatabaseUrl(databaseUrl), { schema: 'application', migrate: true });
    this.connections = new TypeOrmConnectionStore(this.database);
    this.ledger = new TypeOrmBroadcastLedger(this.database);
    this.queue =
      queueUrl === 'database:'
        ? new TypeOrmBroadcastQueue(this.database, { lanes, clock, log })
        : new AmqpBroadcastQueue({
            url: parseAmqpUrl(queueUrl),
            lanes,
            deadLetters: new TypeOrmDeadLetterStore(this.database),
            clock,
            log,
          });
  }

  /** Resolves to its id once the queue has it. */
  async publish(target: Target, text: string): Promise<string> {
    const broadcastId = randomUUID();
    const payload = { dataType: 'text', data: text } as const;
    await this.queue.publish({ broadcastId, target, payload, acceptedAt: Date.now(), traceparent: null });
    return broadcastId;
  }

  /** @throws Error when it is not finished within 30 s */
  async finished(broadcastId: string): Promise<Receipt> {
    for (const end = Date.now() + RECEIPT_MS; ;) {
      const receipt = await this.ledger.find(broadcastId);
      if (receipt?.status === 'finished') return receipt;
      if (Date.now() > end) throw new Error(`the receipt is not finished: ${JSON.stringify(receipt)}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  async close(): Promise<void> {
    await this.queue.close();
    await this.database.close();
  }
}
