import type { AcceptBroadcast } from '../accept-broadcast';
import { type ActionReply, type ActionRequest, ClientAction } from '../client-action';
import { messageFrame, requiredData } from '../client-frames';

/** `{"action":"broadcast","data":…}`: to every other connection. */
export class BroadcastAction extends ClientAction {
  readonly name = 'broadcast';

  constructor(private readonly broadcasts: AcceptBroadcast) {
    super();
  }

  async execute({ connectionId, messageId, fields }: ActionRequest): Promise<ActionReply> {
    const payload = messageFrame({ from: connectionId, data: requiredData(fields), messageId });
    await this.broadcasts.execute(messageId, { kind: 'all', except: connectionId }, payload);
    return { messageId };
  }
}
