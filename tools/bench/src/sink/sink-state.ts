/** What a sink is asked to do from now on; what it has counted so far is forgotten. */
export interface SinkOrders {
  /** Between a push and its answer. */
  readonly delayMs: number;
  /** Connections are looked at one by one whose ids begin so. */
  readonly sample: string;
  /** Answers nothing until it is released. */
  readonly held: boolean;
}

export interface MessageReport {
  readonly deliveries: number;
  /** From the arrival of the first push that carried it to the answer to the last one. */
  readonly ms: number;
}

export interface SinkReport {
  /** Requests. */
  readonly pushes: number;
  /** Messages to connections. */
  readonly deliveries: number;
  /** Requests by the address they went to. */
  readonly pushesTo: Readonly<Record<string, number>>;
  /** By message id. */
  readonly messages: Readonly<Record<string, MessageReport>>;
  /** Connections of the sample that were given something. */
  readonly sampled: number;
  /** Deliveries to the sample whose number was not the next: lost, twice or out of order. */
  readonly amiss: number;
  /** When each push was answered, in milliseconds of a clock of its own, ascending. */
  readonly answeredAt: readonly number[];
}

interface PushedMessage {
  readonly id: string;
  readonly data: string;
}

/** The body of a push, as our pusher writes it (contract §4). */
export interface PushBody {
  readonly websocket: {
    readonly secConnectionIDs?: readonly string[];
    readonly messages?: readonly PushedMessage[];
    readonly secConnectionID?: string;
    readonly messageId?: string;
    readonly data?: string;
  };
}

/** Counts what is pushed. The text of a message begins with its number among those for the same connection, from 0. */
export class SinkState {
  private readonly pushesTo = new Map<string, number>();
  private readonly messages = new Map<
    string,
    { deliveries: number; readonly firstAt: number; lastAt: number }
  >();
  private readonly next = new Map<string, number>();
  private readonly answeredAt: number[] = [];
  private waiting: { deliveries: number; reached: () => void }[] = [];
  private held: (() => void)[] | null;
  private deliveries = 0;
  private amiss = 0;

  constructor(private readonly orders: SinkOrders) {
    this.held = orders.held ? [] : null;
  }

  /** Resolves when the push may be answered. */
  async take(address: string, { websocket }: PushBody): Promise<void> {
    const { secConnectionIDs, messages, secConnectionID = '', messageId = '', data = '' } = websocket;
    const ids = secConnectionIDs ?? [secConnectionID];
    const given = messages ?? [{ id: messageId, data }];
    this.pushesTo.set(address, (this.pushesTo.get(address) ?? 0) + 1);
    const carried = given.map(({ id }) => this.message(id));
    for (const id of ids) if (id.startsWith(this.orders.sample)) this.check(id, given);
    if (this.held) await new Promise<void>((resolve) => this.held?.push(resolve));
    if (this.orders.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.orders.delayMs));
    const now = performance.now();
    this.answeredAt.push(now);
    for (const message of carried) {
      message.deliveries += ids.length;
      message.lastAt = now;
    }
    this.add(ids.length * given.length);
  }

  release(): void {
    for (const go of this.held ?? []) go();
    this.held = null;
  }

  /** Resolves once so many deliveries were answered. */
  async reach(deliveries: number): Promise<void> {
    if (this.deliveries >= deliveries) return;
    await new Promise<void>((reached) => this.waiting.push({ deliveries, reached }));
  }

  report(): SinkReport {
    return {
      pushes: this.answeredAt.length,
      deliveries: this.deliveries,
      pushesTo: Object.fromEntries(this.pushesTo),
      messages: Object.fromEntries(
        Array.from(this.messages, ([id, { deliveries, firstAt, lastAt }]) => [
          id,
          { deliveries, ms: lastAt - firstAt },
        ]),
      ),
      sampled: this.next.size,
      amiss: this.amiss,
      answeredAt: this.answeredAt,
    };
  }

  private message(id: string): { deliveries: number; lastAt: number } {
    const now = performance.now();
    const message = this.messages.get(id) ?? { deliveries: 0, firstAt: now, lastAt: now };
    this.messages.set(id, message);
    return message;
  }

  private check(connectionId: string, messages: readonly PushedMessage[]): void {
    let next = this.next.get(connectionId) ?? 0;
    for (const { data } of messages) {
      const number = Number.parseInt(data, 10);
      if (number !== next) this.amiss++;
      next = number + 1;
    }
    this.next.set(connectionId, next);
  }

  private add(deliveries: number): void {
    this.deliveries += deliveries;
    const reached = this.waiting.filter((waiter) => waiter.deliveries <= this.deliveries);
    if (reached.length === 0) return;
    this.waiting = this.waiting.filter((waiter) => !reached.includes(waiter));
    for (const waiter of reached) waiter.reached();
  }
}
