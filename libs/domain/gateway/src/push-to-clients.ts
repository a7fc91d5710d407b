import type { Clock } from '@sendback/domain/runtime';
import type { Frame } from './client-socket.port';
import { CloseCode } from './close-code';
import { JointPushes } from './joint-pushes';
import type { LiveApi } from './live-api';
import type { GatewayLimits } from './limits';
import { MANY_RECIPIENTS } from './recipients';
import type { Session } from './session';
import { sleep } from './stoppable-clock';

/** After so much of it everything else in the process gets its turn: a few milliseconds of work. */
const WORK_AT_ONCE = 8_000;
/** To write to a connection, where giving it a small frame is 1. */
const WORK_OF_A_CONNECTION = 8;
/** As much work as a small frame, in bytes. */
const SMALL_FRAME = 4_096;

export interface OutgoingMessage {
  /** What a connection is given once only (contract §4); null: without that. */
  readonly id: string | null;
  readonly frame: Frame;
  /** The connection that is not given it; null for none. */
  readonly except: string | null;
}

/** Connections that are in neither list were given everything that is for them, now or by an earlier push of the same ids. */
export interface PushOutcome {
  /** Unknown or closed. */
  readonly gone: readonly string[];
  /** Had too much unsent already: it was given nothing, and is being closed. */
  readonly slow: readonly string[];
}

interface Numbered {
  readonly number: number | null;
  readonly frame: Frame;
  readonly except: Session | null;
}

/** A push, with those that were found gone or slow so far. */
interface Delivery {
  readonly messages: readonly Numbered[];
  readonly bytes: number;
  readonly outcome: { readonly gone: string[]; readonly slow: string[] };
}

interface WaitingPush extends Delivery {
  readonly sessions: readonly Session[];
  readonly done: () => void;
}

/** Reverse push (contract §4): gives each connection the messages it was not given before, in order. Never throws. */
export class PushToClients {
  private readonly joint = new Map<LiveApi, JointPushes<WaitingPush>>();

  constructor(
    private readonly limits: GatewayLimits,
    private readonly clock: Clock,
  ) {}

  /** @param sessions the same array for the same recipients: pushes to many of them are carried out together */
  async execute(
    live: LiveApi,
    sessions: readonly Session[],
    messages: readonly OutgoingMessage[],
  ): Promise<PushOutcome> {
    const delivery = deliveryOf(live, messages);
    if (sessions.length < MANY_RECIPIENTS) await this.giveAll(live, sessions, [delivery]);
    else await this.giveJointly(live, sessions, delivery);
    return delivery.outcome;
  }

  private giveJointly(live: LiveApi, sessions: readonly Session[], delivery: Delivery): Promise<void> {
    return new Promise((done) => this.jointOf(live).add({ ...delivery, sessions, done }));
  }

  private jointOf(live: LiveApi): JointPushes<WaitingPush> {
    const known = this.joint.get(live);
    if (known) return known;
    const joint = new JointPushes<WaitingPush>(this.limits.frameWindowMs, this.clock, async (pushes) => {
      await this.giveAll(live, pushes[0]?.sessions ?? [], pushes);
      for (const { done } of pushes) done();
    });
    this.joint.set(live, joint);
    return joint;
  }

  /** Session by session: to get one at hand takes longer than to give it a message. */
  private async giveAll(
    live: LiveApi,
    sessions: readonly Session[],
    deliveries: readonly Delivery[],
  ): Promise<void> {
    const workEach = workOf(deliveries);
    let work = 0;
    for (const session of sessions) {
      let left = deliveries.length;
      for (const delivery of deliveries) this.give(live, session, delivery, --left > 0);
      work += workEach;
      if (work < WORK_AT_ONCE) continue;
      await sleep(this.clock, 0);
      work = 0;
    }
  }

  private give(live: LiveApi, session: Session, delivery: Delivery, more: boolean): void {
    const { messages, bytes, outcome } = delivery;
    if (!session.isReachable) outcome.gone.push(session.connectionId);
    else if (this.wouldOverflow(session, messages, bytes)) {
      session.close(CloseCode.tooSlow, 'too slow');
      outcome.slow.push(session.connectionId);
    } else if (!giveMessages(live, session, messages, more)) outcome.gone.push(session.connectionId);
  }

  /** Asked once for all messages: what a client could not possibly have read yet does not make it slow. */
  private wouldOverflow(session: Session, messages: readonly Numbered[], bytes: number): boolean {
    const { backlog } = session;
    if (backlog === 0 || backlog + bytes <= this.limits.outboxBytes) return false;
    let total = backlog;
    for (const message of messages) {
      if (isFor(session, message)) total += message.frame.byteLength;
    }
    return total > this.limits.outboxBytes;
  }
}

/** False when its socket is closing. */
function giveMessages(
  { traffic }: LiveApi,
  session: Session,
  messages: readonly Numbered[],
  more: boolean,
): boolean {
  let left = messages.length;
  for (const message of messages) {
    left--;
    if (!isFor(session, message)) continue;
    const { number, frame } = message;
    if (!session.send(frame, more || left > 0)) return false;
    traffic.give(frame.byteLength);
    if (number !== null) session.remember(number);
  }
  return true;
}

/** Whether it is not excepted, and was not given it before. */
function isFor(session: Session, { number, except }: Numbered): boolean {
  return except !== session && (number === null || !session.wasGiven(number));
}

function deliveryOf({ recentIds, sessions }: LiveApi, messages: readonly OutgoingMessage[]): Delivery {
  const numbered = messages.map(({ id, frame, except }) => ({
    number: id === null ? null : recentIds.number(id),
    frame,
    except: except === null ? null : (sessions.get(except) ?? null),
  }));
  const bytes = messages.reduce((sum, { frame }) => sum + frame.byteLength, 0);
  return { messages: numbered, bytes, outcome: { gone: [], slow: [] } };
}

function workOf(deliveries: readonly Delivery[]): number {
  return deliveries.reduce(
    (work, { messages, bytes }) => work + messages.length + bytes / SMALL_FRAME,
    WORK_OF_A_CONNECTION,
  );
}
