import {
  type ConnectionStore,
  MAX_ROOMS_PER_CONNECTION,
  NotPermitted,
  parseRoom,
} from '@sendback/domain/connection';
import { type ActionReply, type ActionRequest, ClientAction } from '../client-action';
import { ConnectionGone } from './send-action';

/** `{"action":"join","room":"…"}`: the sender becomes a member. Harmless when repeated. */
export class JoinAction extends ClientAction {
  readonly name = 'join';

  constructor(private readonly connections: ConnectionStore) {
    super();
  }

  async execute({ connectionId, fields }: ActionRequest): Promise<ActionReply> {
    const room = parseRoom(fields['room'], 'room');
    const outcome = await this.connections.join(connectionId, room);
    if (outcome === 'gone') throw new ConnectionGone('this connection is not recorded');
    if (outcome === 'full') {
      throw new NotPermitted(`a connection may be in ${MAX_ROOMS_PER_CONNECTION} rooms at a time`);
    }
    return { room };
  }
}
