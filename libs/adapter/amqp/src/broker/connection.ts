import type { Channel, ChannelModel, ConfirmChannel, SocketOptions } from 'amqplib';
import { type AmqpUrl, describeAmqp } from '../amqp-url';
import { AmqpFailure, reasonOf } from './failure';

const CONNECT_MS = 5_000;
const CLOSE_MS = 1_000;

/** One connection to the broker, until it ends; there is no way back. */
export class AmqpConnection {
  /** Why the broker takes no messages for now (an alarm); null while it does. */
  blocked: string | null = null;
  /** Resolves to why it ended. Never rejects. */
  readonly ended: Promise<AmqpFailure>;
  private open = true;
  private reason: string | null = null;
  private closing: Promise<void> | null = null;

  private constructor(
    readonly label: string,
    private readonly model: ChannelModel,
    private readonly destroySocket: () => void,
  ) {
    this.ended = new Promise((resolve) => {
      model.on('close', (error) => {
        this.open = false;
        const why = this.reason ?? (error ? reasonOf(error) : 'closed');
        resolve(new AmqpFailure(`${label}: the connection was lost: ${why}`, 'lost', { cause: error }));
      });
    });
    model.on('blocked', (reason) => (this.blocked = reason));
    model.on('unblocked', () => (this.blocked = null));
  }

  /**
   * Loads amqplib, which nothing does before a connection is opened: a cold start has no time for it.
   * @param name is shown beside the connection in the broker's tools
   * @throws AmqpFailure within 5 seconds
   */
  static async open(url: AmqpUrl, name: string, heartbeatS: number): Promise<AmqpConnection> {
    const { connect } = await import('amqplib');
    const label = describeAmqp(url);
    const socket = new AbortController();
    const timer = setTimeout(() => socket.abort(), CONNECT_MS);
    const { protocol, host: hostname, port, user: username, password } = url;
    const vhost = encodeURIComponent(url.vhost);
    // Node destroys a socket by its signal, which amqplib has no means for.
    const options: SocketOptions & { signal: AbortSignal } = {
      noDelay: true,
      signal: socket.signal,
      clientProperties: { connection_name: name },
    };
    try {
      const model = await connect(
        { protocol, hostname, port, username, password, vhost, heartbeat: heartbeatS },
        options,
      );
      // Every error is told again when the connection closes.
      model.on('error', () => undefined);
      return new AmqpConnection(label, model, () => socket.abort());
    } catch (error) {
      const reason = socket.signal.aborted ? `no answer within ${CONNECT_MS} ms` : refusal(error);
      throw new AmqpFailure(`${label}: ${reason}`, 'refused', { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** @throws AmqpFailure */
  async channel(): Promise<Channel> {
    return this.opened(this.model.createChannel());
  }

  /** @throws AmqpFailure */
  async confirmChannel(): Promise<ConfirmChannel> {
    return this.opened(this.model.createConfirmChannel());
  }

  /** In good order if the broker answers, and else anyhow. Idempotent. */
  async close(): Promise<void> {
    this.closing ??= this.closeNow();
    await this.closing;
  }

  /** At once, whether the broker learns of it or not. */
  cut(reason: string): void {
    this.reason ??= reason;
    this.destroySocket();
  }

  private async closeNow(): Promise<void> {
    if (!this.open) return;
    const timer = setTimeout(this.destroySocket, CLOSE_MS);
    // What is closing already, or cannot be closed in good order, ends all the same.
    this.model.close().catch(() => undefined);
    await this.ended;
    clearTimeout(timer);
  }

  private async opened<T extends Channel>(opening: Promise<T>): Promise<T> {
    try {
      const channel = await opening;
      // Every error is told again when the channel closes.
      channel.on('error', () => undefined);
      return channel;
    } catch (error) {
      throw new AmqpFailure(`${this.label}: no channel: ${reasonOf(error)}`, 'lost', { cause: error });
    }
  }
}

/** For a vhost amqplib does not say what the broker said. */
function refusal(error: unknown): string {
  const reason = reasonOf(error);
  return reason.startsWith('Expected ConnectionOpenOk') ? 'there is no such vhost for this user' : reason;
}
