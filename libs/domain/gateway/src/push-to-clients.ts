import type { Clock } from '@sendback/domain/runtime';
import type { Frame } from './client-socket.port';
import { CloseCode } from './close-code';
import type { LiveApi } from './live-api';
import type { GatewayLimits } from './limits';
import type { Session } from './session';
import { sleep } from './stoppable-clock';
import type { Traffic } from './traffic';

/** After so much of it everything else in the process gets its turn: a few milliseconds of work. */
const WORK_AT_ONCE = 8_000;
/** To look a connection up and to write to it, where giving it a small frame is 1. */
const WORK_OF_A_CONNECTION = 8;
/** As much work as a small frame, in bytes. */
const SMALL_FRAME = 4_096;

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
    const bytes = messages.reduce((sum, { frame }) => sum + frame.byteLength, 0);
    const workEach = WORK_OF_A_CONNECTION + messages.length + bytes / SMALL_FRAME;
    let work = 0;
    for (const id of connectionIds) {
      const session = sessions.get(id);
      const delivery = session ? this.give(session, numbered, bytes, traffic) : 'gone';
      if (delivery === 'gone') gone.push(id);
      else if (delivery === 'slow') slow.push(id);
      work += workEach;
      if (work < WORK_AT_ONCE) continue;
      await sleep(this.clock, 0);
      work = 0;
    }
    return { gone, slow };
  }

  private give(
    session: Session,
    messages: readonly Numbered[],
    bytes: number,
    traffic: Traffic,
  ): 'delivered' | 'gone' | 'slow' {
    if (!session.isReachable) return 'gone';
    if (this.wouldOverflow(session, messages, bytes)) {
      session.close(CloseCode.tooSlow, 'too slow');
      return 'slow';
    }
    let left = messages.length;
    for (const { number, frame } of messages) {
      left--;
      if (number !== null && session.wasGiven(number)) continue;
      if (!session.send(frame, left > 0)) return 'gone';
      traffic.give(frame.byteLength);
      if (number !== null) session.remember(number);
    }
    return 'delivered';
  }

  /** Asked once for all messages: what a client could not possibly have read yet does not make it slow. */
  private wouldOverflow(session: Session, messages: readonly Numbered[], bytes: number): boolean {
    const { backlog } = session;
    if (backlog === 0 || backlog + bytes <= this.limits.outboxBytes) return false;
    let total = backlog;
    for (const { number, frame } of messages) {
      if (number === null || !session.wasGiven(number)) total += frame.byteLength;
    }
    return total > this.limits.outboxBytes;
  }
}
