import { parseRoom } from '@sendback/domain/connection';
import type { AcceptBroadcast } from '../accept-broadcast';
import { type ActionReply, type ActionRequest, ClientAction } from '../client-action';
import { messageFrame, requiredData } from '../client-frames';

/** `{"action":"publish","room":"…","data":…}`: to every other member of a room. */
export class PublishAction extends ClientAction {
  readonly name = 'publish';

  constructor(private readonly broadcasts: AcceptBroadcast) {
    super();
  }

  async execute({ connectionId, messageId, traceparent, fields }: ActionRequest): Promise<ActionReply> {
    const room = parseRoom(fields['room'], 'room');
    const payload = messageFrame({ from: connectionId, room, data: requiredData(fields), messageId });
    const target = { kind: 'room', room, except: connectionId } as const;
    await this.broadcasts.execute({ broadcastId: messageId, target, payload, traceparent });
    return { room, messageId };
  }
}
