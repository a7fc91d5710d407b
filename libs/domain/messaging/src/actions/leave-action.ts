import { type ConnectionStore, parseRoom } from '@sendback/domain/connection';
import { type ActionReply, type ActionRequest, ClientAction } from '../client-action';

/** `{"action":"leave","room":"…"}`: the sender is no member any more. Harmless when it was none. */
export class LeaveAction extends ClientAction {
  readonly name = 'leave';

  constructor(private readonly connections: ConnectionStore) {
    super();
  }

  async execute({ connectionId, fields }: ActionRequest): Promise<ActionReply> {
    const room = parseRoom(fields['room'], 'room');
    await this.connections.leave(connectionId, room);
    return { room };
  }
}
