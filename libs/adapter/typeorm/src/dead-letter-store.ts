import { StorageUnavailable } from '@sendback/domain/connection';
import { type DeadLetter, DeadLetterStore, type NewDeadLetter } from '@sendback/domain/messaging';
import type { Access, Database } from './database/database';
import { digest } from './digest';
import type { DeadLetterRow } from './rows';

/** In the table `BroadcastDeadLetter` of an application database, where the queue of that database puts its own too. */
export class TypeOrmDeadLetterStore extends DeadLetterStore {
  private readonly database: Access;

  constructor(database: Database) {
    super();
    this.database = database.access(StorageUnavailable);
  }

  async add({ key, lane, body, reason, deadAt }: NewDeadLetter): Promise<void> {
    await this.database.run(({ change, dialect }) =>
      change(
        `INSERT INTO BroadcastDeadLetter (LetterKey, Lane, Body, Reason, DeadAt) VALUES (?, ?, ?, ?, ?)
         ${dialect.keep('BroadcastDeadLetter', 'LetterKey')}`,
        [digest(key), lane, body, reason, deadAt],
      ),
    );
  }

  async page(after: string, limit: number): Promise<readonly DeadLetter[]> {
    const seq = after === '' ? 0 : seqOf(after);
    if (seq === null) return [];
    const rows = await this.database.run(({ manager }) =>
      manager
        .createQueryBuilder<DeadLetterRow>('DeadLetter', 'd')
        .where('d.seq > :seq', { seq })
        .orderBy('d.seq')
        .limit(limit)
        .getMany(),
    );
    return rows.map(deadLetterOf);
  }

  async find(id: string): Promise<DeadLetter | null> {
    const seq = seqOf(id);
    if (seq === null) return null;
    const row = await this.database.run(({ manager }) =>
      manager.getRepository<DeadLetterRow>('DeadLetter').findOneBy({ seq }),
    );
    return row && deadLetterOf(row);
  }

  async remove(id: string): Promise<void> {
    const seq = seqOf(id);
    if (seq === null) return;
    await this.database.run(({ manager }) =>
      manager.getRepository<DeadLetterRow>('DeadLetter').delete({ seq }),
    );
  }
}

const ID_LENGTH = 16;

function deadLetterOf({ seq, ...letter }: DeadLetterRow): DeadLetter {
  return { id: String(seq).padStart(ID_LENGTH, '0'), ...letter };
}

/** Null for what is not an id of ours. */
function seqOf(id: string): number | null {
  return id.length === ID_LENGTH && /^[0-9]+$/.test(id) ? Number(id) : null;
}
