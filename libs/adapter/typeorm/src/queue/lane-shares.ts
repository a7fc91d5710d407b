import { randomUUID } from 'node:crypto';
import type { Clock } from '@sendback/domain/runtime';
import type { Access } from '../database/database';
import { marks, type Session } from '../database/session';
import { LaneLease } from './lane-lease';

/** One consumer's share of the lanes: as many as any other's, kept by leases that it renews. */
export class LaneShares {
  private readonly consumerId = randomUUID();
  private readonly held = new Map<number, LaneLease>();
  private leaving = false;

  constructor(
    private readonly database: Access,
    private readonly lanes: number,
    private readonly leaseMs: number,
    private readonly clock: Clock,
  ) {}

  get(lane: number): LaneLease | undefined {
    const lease = this.held.get(lane);
    return lease?.lost() ? undefined : lease;
  }

  /** Announces the consumer, renews its leases, and takes or gives back lanes until it has its share. */
  async refresh(isAtWork: (lane: number) => boolean): Promise<void> {
    await this.database.run(async (session) => {
      const until = this.clock.now() + this.leaseMs;
      await this.announce(session);
      await this.renew(session, until);
      const share = await this.share(session);
      this.markSurplus(share, isAtWork);
      for (const lease of this.held.values())
        if (lease.surplus && !isAtWork(lease.lane)) await this.release(session, lease);
      await this.claim(session, share, until, isAtWork);
    });
  }

  /** Gives a lane back at once. */
  async giveBack(lease: LaneLease): Promise<void> {
    await this.database.run((session) => this.release(session, lease));
  }

  /** From the next refresh on, the share is none: what is idle is given back, and what is at work is kept so long. */
  leave(): void {
    this.leaving = true;
  }

  private async announce({ change, dialect: { now, keep } }: Session): Promise<void> {
    const until = `${now} + ${this.leaseMs}`;
    const me = [this.consumerId];
    if (this.leaving) {
      await change('DELETE FROM BroadcastConsumer WHERE ConsumerID = ?', me);
      return;
    }
    if ((await change(`UPDATE BroadcastConsumer SET LeaseUntil = ${until} WHERE ConsumerID = ?`, me)) > 0)
      return;
    await change(`DELETE FROM BroadcastConsumer WHERE LeaseUntil < ${now}`);
    await change(`INSERT INTO BroadcastConsumer (ConsumerID, LeaseUntil) VALUES (?, ${until})`, me);
    for (let lane = 0; lane < this.lanes; lane++) {
      await change(
        `INSERT INTO BroadcastLane (Lane, Owner, LeaseUntil) VALUES (?, '', 0) ${keep('BroadcastLane', 'Owner')}`,
        [lane],
      );
    }
  }

  private async renew({ change, rows, dialect: { now } }: Session, until: number): Promise<void> {
    for (const { lane } of [...this.held.values()].filter((lease) => lease.lost())) this.held.delete(lane);
    const tokens = [...this.held.values()].map(({ token }) => token);
    if (tokens.length === 0) return;
    const mine = `Owner IN (${marks(tokens)})`;
    await change(`UPDATE BroadcastLane SET LeaseUntil = ${now} + ${this.leaseMs} WHERE ${mine}`, tokens);
    const kept = await rows(`SELECT Owner AS token FROM BroadcastLane WHERE ${mine}`, tokens);
    for (const lease of [...this.held.values()]) {
      if (kept.some(({ token }) => token === lease.token)) lease.renewed(until);
      else this.forget(lease);
    }
  }

  private async share({ rows, dialect: { now } }: Session): Promise<number> {
    if (this.leaving) return 0;
    const [live] = await rows(
      `SELECT COUNT(*) AS consumers FROM BroadcastConsumer WHERE LeaseUntil > ${now}`,
    );
    return Math.ceil(this.lanes / Math.max(1, Number(live?.['consumers'])));
  }

  private markSurplus(share: number, isAtWork: (lane: number) => boolean): void {
    const idleLast = [...this.held.values()].sort(
      (a, b) => Number(isAtWork(b.lane)) - Number(isAtWork(a.lane)),
    );
    idleLast.forEach((lease, index) => (lease.surplus = index >= share));
  }

  private async claim(
    { change, rows, dialect: { now } }: Session,
    share: number,
    until: number,
    isAtWork: (lane: number) => boolean,
  ): Promise<void> {
    const free = await rows(
      `SELECT Lane AS lane FROM BroadcastLane WHERE Lane < ? AND LeaseUntil <= ${now}`,
      [this.lanes],
    );
    for (const lane of free.map((row) => Number(row['lane']))) {
      if (this.held.size >= share) return;
      // What a lost lease had in hand is still being handled here.
      if (isAtWork(lane)) continue;
      const lease = new LaneLease(lane, randomUUID(), until, this.clock);
      const claimed = await change(
        `UPDATE BroadcastLane SET Owner = ?, LeaseUntil = ${now} + ${this.leaseMs} WHERE Lane = ? AND LeaseUntil <= ${now}`,
        [lease.token, lane],
      );
      if (claimed > 0) this.held.set(lane, lease);
    }
  }

  private async release({ change }: Session, lease: LaneLease): Promise<void> {
    this.forget(lease);
    await change(`UPDATE BroadcastLane SET Owner = '', LeaseUntil = 0 WHERE Owner = ?`, [lease.token]);
  }

  private forget(lease: LaneLease): void {
    lease.end();
    if (this.held.get(lease.lane) === lease) this.held.delete(lease.lane);
  }
}
