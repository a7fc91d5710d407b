import type { Session } from './session';

/** With so many, it is worth remembering whose they are, and carrying out pushes to the same ones together. */
export const MANY_RECIPIENTS = 64;

/** Whom a push is for. */
export interface Recipients {
  /** Sessions of this node; some may have ended meanwhile. */
  readonly here: readonly Session[];
  /** The other ids. */
  readonly elsewhere: readonly string[];
}

/**
 * Finds the sessions of a list of ids. Who broadcasts sends the same list again and again: where it is the same array,
 * too, nothing is looked up a second time, since no id is given to another connection.
 */
export class RecipientLists {
  private found = new WeakMap<readonly string[], Recipients>();

  constructor(private readonly sessions: ReadonlyMap<string, Session>) {}

  find(connectionIds: readonly string[]): Recipients {
    const known = this.found.get(connectionIds);
    if (known) return known;
    const recipients = this.lookUp(connectionIds);
    if (connectionIds.length >= MANY_RECIPIENTS) this.found.set(connectionIds, recipients);
    return recipients;
  }

  /** To be called now and then, so that sessions which have ended are not kept. */
  forget(): void {
    this.found = new WeakMap();
  }

  private lookUp(connectionIds: readonly string[]): Recipients {
    const here: Session[] = [];
    const elsewhere: string[] = [];
    for (const id of connectionIds) {
      const session = this.sessions.get(id);
      if (session) here.push(session);
      else elsewhere.push(id);
    }
    return { here, elsewhere };
  }
}
