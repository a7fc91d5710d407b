import { DomainError, type Log } from '@sendback/domain/runtime';
import type { AcceptBroadcast } from './accept-broadcast';
import type { ClientAction } from './client-action';
import { BadData, type Payload } from './payload';
import type { Pusher } from './pusher.port';

/** A data frame of a client, as the transfer function got it (contract §2). */
export interface ClientMessage {
  readonly connectionId: string;
  /** The same on every retry. */
  readonly messageId: string;
  /** W3C trace context; null for none. */
  readonly traceparent: string | null;
  readonly payload: Payload;
}

export class UnknownAction extends DomainError {
  readonly code = 'unknown_action';
  readonly retryable = false;
}

type Fields = Readonly<Record<string, unknown>>;

/** How long an `id` that is to come back in the reply may be. */
const MAX_ID_LENGTH = 128;

/**
 * Transfer (contract §8): a text frame that is a JSON object with a string `action` is that action, and is answered
 * with an acknowledgement or an error; any other frame goes to every other connection as it came.
 *
 * Resolves when the client's message has been dealt with, the client's mistakes and an unavailable queue or store
 * included: those the client is told. Whatever else goes wrong is thrown.
 */
export class RouteClientMessage {
  private readonly actions: ReadonlyMap<string, ClientAction>;

  constructor(
    actions: readonly ClientAction[],
    private readonly broadcasts: AcceptBroadcast,
    private readonly pusher: Pusher,
    private readonly log: Log,
  ) {
    this.actions = new Map(actions.map((action) => [action.name, action]));
  }

  async execute(message: ClientMessage): Promise<void> {
    const fields = actionFields(message.payload);
    try {
      if (!fields) {
        const target = { kind: 'all', except: message.connectionId } as const;
        const { messageId: broadcastId, payload, traceparent } = message;
        await this.broadcasts.execute({ broadcastId, target, payload, traceparent });
        return;
      }
      await this.reply(message, { type: 'ack', ...(await this.perform(message, fields)) });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      await this.refuse(message, fields, error);
    }
  }

  private async perform(
    { connectionId, messageId, traceparent }: ClientMessage,
    fields: Fields,
  ): Promise<Fields> {
    const name = fields['action'] as string;
    if (fields['id'] !== undefined && replyId(fields) === undefined) {
      throw new BadData(`id must be a number or a string of at most ${MAX_ID_LENGTH} characters`);
    }
    const action = this.actions.get(name);
    if (!action) throw new UnknownAction(`action must be one of ${[...this.actions.keys()].join(', ')}`);
    const reply = await action.execute({ connectionId, messageId, traceparent, fields });
    return { id: replyId(fields), action: name, ...reply };
  }

  private async refuse(message: ClientMessage, fields: Fields | null, error: DomainError): Promise<void> {
    const { connectionId, messageId } = message;
    if (error.retryable)
      this.log.warn('client message failed', { connectionId, requestId: messageId, error });
    const id = fields ? replyId(fields) : undefined;
    // What an unavailable part has to say of itself is for the log.
    const text = error.retryable ? error.code.replaceAll('_', ' ') : error.message;
    await this.reply(message, { type: 'error', id, code: error.code, message: text });
  }

  private async reply({ connectionId, messageId }: ClientMessage, body: Fields): Promise<void> {
    const payload: Payload = { dataType: 'text', data: JSON.stringify(body) };
    const recipients = { pushAddress: null, connectionIds: [connectionId] };
    const { failed } = await this.pusher.push(recipients, [{ payload }]);
    for (const { reason } of failed) {
      this.log.warn('reply did not reach the client', { connectionId, requestId: messageId, reason });
    }
  }
}

function actionFields({ dataType, data }: Payload): Fields | null {
  if (dataType !== 'text' || !data.trimStart().startsWith('{')) return null;
  try {
    const parsed = JSON.parse(data) as Fields;
    return typeof parsed['action'] === 'string' ? parsed : null;
  } catch {
    return null;
  }
}

function replyId(fields: Fields): string | number | undefined {
  const id = fields['id'];
  if (typeof id === 'number') return id;
  return typeof id === 'string' && id.length <= MAX_ID_LENGTH ? id : undefined;
}
