import type { Access } from '../database/database';
import { marks, type Session } from '../database/session';
import { type LaneLease, LaneLost } from './lane-lease';

/**
 * A transaction in which the lease holds to the end: nobody can claim the lane meanwhile.
 * @throws LaneLost
 */
export async function whileOwned(
  database: Access,
  { lane, token }: LaneLease,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  await database.transaction(async (session) => {
    const lock = 'UPDATE BroadcastLane SET Owner = ? WHERE Lane = ? AND Owner = ?';
    if ((await session.change(lock, [token, lane, token])) === 0) throw new LaneLost();
    await work(session);
  });
}

/**
 * Changes messages of a lane in one statement that does nothing without the lease.
 * @param statement what goes before its WHERE
 * @throws LaneLost
 */
export async function changeOwned(
  session: Session,
  { lane, token }: LaneLease,
  statement: string,
  sequence: readonly number[],
): Promise<void> {
  const changed = await session.change(
    `${statement} WHERE Seq IN (${marks(sequence)})
     AND EXISTS (SELECT 1 FROM BroadcastLane l WHERE l.Lane = ? AND l.Owner = ?)`,
    [...sequence, lane, token],
  );
  if (changed === 0) throw new LaneLost();
}
