import type { LedgerSession, Tenure } from '@sendback/domain/gateway';
import type { DeadLetter } from '@sendback/domain/messaging';

/** A connection in a room. */
export interface RoomMember {
  /** The name's digest: told apart by every bit of the name, whatever the column's collation. */
  readonly roomKey: string;
  readonly connectionId: string;
  readonly room: string;
}

export type DeadLetterRow = Omit<DeadLetter, 'id'> & { readonly seq: number };

export interface SessionRow extends LedgerSession, Tenure {
  /** Names the adoption by which its owner came to it; empty for the first owner. */
  readonly claim: string;
}
