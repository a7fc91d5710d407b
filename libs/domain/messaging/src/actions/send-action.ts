import { type ConnectionStore, parseConnectionId } from '@sendback/domain/connection';
import { DomainError } from '@sendback/domain/runtime';
import { type ActionReply, type ActionRequest, ClientAction } from '../client-action';
import { messageFrame, requiredData } from '../client-frames';
import type { Pusher, PushReport } from '../pusher.port';

export class ConnectionGone extends DomainError {
  readonly code = 'connection_gone';
  readonly retryable = false;
}

export class ConnectionSlow extends DomainError {
  readonly code = 'connection_slow';
  readonly retryable = true;
}

export class PushFailed extends DomainError {
  readonly code = 'push_failed';
  readonly retryable = true;
}

/**
 * `{"action":"send","to":"<connection id>","data":…}`: to one connection. It is pushed at once rather than queued, so
 * that the acknowledgement says it was delivered and an error says why not.
 */
export class SendAction extends ClientAction {
  readonly name = 'send';

  constructor(
    private readonly connections: ConnectionStore,
    private readonly pusher: Pusher,
  ) {
    super();
  }

  async execute({ connectionId: from, messageId, traceparent, fields }: ActionRequest): Promise<ActionReply> {
    const to = parseConnectionId(fields['to'], 'to');
    const payload = messageFrame({ from, direct: true, data: requiredData(fields), messageId });
    const connection = await this.connections.find(to);
    if (!connection) throw new ConnectionGone('to is not connected');
    const message = { messageId, payload, ...(traceparent !== null && { traceparent }) };
    const recipients = { pushAddress: connection.pushAddress, connectionIds: [to] };
    await this.conclude(to, await this.pusher.push(recipients, [message]));
    return { to, messageId };
  }

  private async conclude(to: string, { gone, slow, failed }: PushReport): Promise<void> {
    if (gone.length > 0) {
      await this.connections.remove([to]);
      throw new ConnectionGone('to is not connected');
    }
    if (slow.length > 0) throw new ConnectionSlow('to does not read fast enough');
    if (failed[0]) throw new PushFailed(`the gateway could not be reached: ${failed[0].reason}`);
  }
}
