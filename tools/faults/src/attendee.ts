import { once } from 'node:events';
import WebSocket from 'ws';
import type { Attendance, Message, Said } from './records';

const OPEN_MS = 15_000;

/** The broadcasts that were heard, by the frame they came in: it is read once for all who get it. */
export class Hearsay {
  private readonly messages = new Map<string, Message>();

  /** Null for a frame that is no broadcast. */
  of(text: string): Message | null {
    const known = this.messages.get(text);
    if (known) return known;
    const { type, messageId, from, data } = JSON.parse(text) as Record<string, unknown>;
    if (type !== 'message') return null;
    const { n } = data as { n: number };
    const message = { messageId: String(messageId), from: String(from), n, arrivals: 0, lastArrivalAt: 0 };
    this.messages.set(text, message);
    return message;
  }

  all(): readonly Message[] {
    return [...this.messages.values()];
  }
}

/** A client that keeps what it said and what it heard. */
export class Attendee implements Attendance {
  /** Empty until it was told, which may take until the first message came. */
  id = '';
  hasLeft = false;
  openedAt = Infinity;
  closedAt: number | null = null;
  closeCode: number | null = null;
  readonly heard: Message[] = [];
  readonly said: Said[] = [];
  /** Of `said`, by number. */
  private readonly unanswered = new Map<unknown, Said>();
  private readonly socket: WebSocket;

  private constructor(
    url: string,
    private readonly hearsay: Hearsay,
  ) {
    this.socket = new WebSocket(url, { perMessageDeflate: false });
    this.socket.on('open', () => {
      this.openedAt = performance.now();
      this.socket.send('{"action":"whoami"}');
    });
    this.socket.on('message', (data: Buffer) => this.hear(data.toString()));
    this.socket.on('error', () => undefined);
    this.socket.on('close', (code) => {
      this.closedAt = performance.now();
      this.closeCode = code;
    });
  }

  /** @throws Error when it is refused, or not let in within 15 s */
  static async connect(url: string, hearsay: Hearsay): Promise<Attendee> {
    const attendee = new Attendee(url, hearsay);
    try {
      await once(attendee.socket, 'open', { signal: AbortSignal.timeout(OPEN_MS) });
      return attendee;
    } catch (error) {
      attendee.socket.terminate();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.closedAt === null;
  }

  /** How many of its broadcasts were neither acknowledged nor refused yet. */
  get waiting(): number {
    return this.unanswered.size;
  }

  /** Sends its next broadcast. */
  say(): void {
    const said: Said = { n: this.said.length, sentAt: performance.now(), answer: null };
    this.said.push(said);
    this.unanswered.set(said.n, said);
    this.socket.send(JSON.stringify({ action: 'broadcast', data: { n: said.n }, id: said.n }));
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.hasLeft = true;
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }

  private hear(text: string): void {
    const message = this.hearsay.of(text);
    if (!message) {
      this.takeAnswer(JSON.parse(text) as Readonly<Record<string, unknown>>);
      return;
    }
    message.arrivals++;
    message.lastArrivalAt = performance.now();
    this.heard.push(message);
  }

  /** An acknowledgement or an error. */
  private takeAnswer({ type, id, connectionId, messageId, code }: Readonly<Record<string, unknown>>): void {
    if (typeof connectionId === 'string') this.id = connectionId;
    const said = this.unanswered.get(id);
    if (!said) return;
    const acknowledged = type === 'ack';
    said.answer = { acknowledged, text: String(acknowledged ? messageId : code), at: performance.now() };
    this.unanswered.delete(id);
  }
}
