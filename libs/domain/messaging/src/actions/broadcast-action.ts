import type { AcceptBroadcast } from '../accept-broadcast';
import { type ActionReply, type ActionRequest, ClientAction } from '../client-action';
import { messageFrame, requiredData } from '../client-frames';

/** `{"action":"broadcast","data":…}`: to every other connection. */
export class BroadcastAction extends ClientAction {
  readonly name = 'broadcast';

  constructor(private readonly broadcasts: AcceptBroadcast) {
    super();
  }

  async execute({ connectionId, messageId, traceparent, fields }: ActionRequest): Promise<ActionReply> {
    const payload = messageFrame({ from: connectionId, data: requiredData(fields), messageId });
    const target = { kind: 'all', except: connectionId } as const;
    await this.broadcasts.execute({ broadcastId: messageId, target, payload, traceparent });
    return { messageId };
  }
}
