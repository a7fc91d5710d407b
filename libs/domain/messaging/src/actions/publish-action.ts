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

  async execute({ connectionId, messageId, fields }: ActionRequest): Promise<ActionReply> {
    const room = parseRoom(fields['room'], 'room');
    const payload = messageFrame({ from: connectionId, room, data: requiredData(fields), messageId });
    await this.broadcasts.execute(messageId, { kind: 'room', room, except: connectionId }, payload);
    return { room, messageId };
  }
}
