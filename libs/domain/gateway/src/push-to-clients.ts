import type { Clock } from '@sendback/domain/runtime';
import type { Frame } from './client-socket.port';
import { CloseCode } from './close-code';
import type { LiveApi } from './live-api';
import type { GatewayLimits } from './limits';
import type { Session } from './session';
import { sleep } from './stoppable-clock';
import type { Traffic } from './traffic';

/** After so many frames everything else in the process gets its turn: a few milliseconds of work. */
const FRAMES_AT_ONCE = 1_000;

export interface OutgoingMessage {
  /** What a connection is given once only (contract §4); null: without that. */
  readonly id: string | null;
  readonly frame: Frame;
}

/** Connections that are in neither list were given everything, now or by an earlier push of the same ids. */
export interface PushOutcome {
  /** Unknown or closed. */
  readonly gone: readonly string[];
  /** Had too much unsent already: it was given nothing, and is being closed. */
  readonly slow: readonly string[];
}

interface Numbered {
  readonly number: number | null;
  readonly frame: Frame;
}

/** Reverse push (contract §4): gives each connection the messages it was not given before, in order. Never throws. */
export class PushToClients {
  constructor(
    private readonly limits: GatewayLimits,
    private readonly clock: Clock,
  ) {}

  async execute(
    { sessions, recentIds, traffic }: LiveApi,
    connectionIds: readonly string[],
    messages: readonly OutgoingMessage[],
  ): Promise<PushOutcome> {
    const gone: string[] = [];
    const slow: string[] = [];
    const numbered = messages.map(({ id, frame }) => ({
      number: id === null ? null : recentIds.number(id),
      frame,
    }));
    let budget = FRAMES_AT_ONCE;
    for (const id of connectionIds) {
      const session = sessions.get(id);
      const delivery = session ? this.give(session, numbered, traffic) : 'gone';
      if (delivery === 'gone') gone.push(id);
      else if (delivery === 'slow') slow.push(id);
      budget -= numbered.length;
      if (budget > 0) continue;
      await sleep(this.clock, 0);
      budget = FRAMES_AT_ONCE;
    }
    return { gone, slow };
  }

  private give(
    session: Session,
    messages: readonly Numbered[],
    traffic: Traffic,
  ): 'delivered' | 'gone' | 'slow' {
    if (!session.isReachable) return 'gone';
    if (this.wouldOverflow(session, messages)) {
      session.close(CloseCode.tooSlow, 'too slow');
      return 'slow';
    }
    for (const { number, frame } of messages) {
      if (number !== null && session.wasGiven(number)) continue;
      if (!session.send(frame)) return 'gone';
      traffic.give(frame.byteLength);
      if (number !== null) session.remember(number);
    }
    return 'delivered';
  }

  /** Asked once for all messages: what a client could not possibly have read yet does not make it slow. */
  private wouldOverflow(session: Session, messages: readonly Numbered[]): boolean {
    const { backlog } = session;
    if (backlog === 0) return false;
    let total = backlog;
    for (const { number, frame } of messages) {
      if (number === null || !session.wasGiven(number)) total += frame.byteLength;
    }
    return total > this.limits.outboxBytes;
  }
}
