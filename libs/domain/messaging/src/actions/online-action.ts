import { type ConnectionStore, parseConnectionId } from '@sendback/domain/connection';
import { type ActionReply, type ActionRequest, ClientAction } from '../client-action';

/** How many ids one answer lists. */
const PAGE_SIZE = 100;

/**
 * `{"action":"online"}`: how many connections there are, and the ids of the first 100. For the next 100 the client
 * repeats it with `"after"` = the last id it was given.
 */
export class OnlineAction extends ClientAction {
  readonly name = 'online';

  constructor(private readonly connections: ConnectionStore) {
    super();
  }

  async execute({ fields }: ActionRequest): Promise<ActionReply> {
    const after = fields['after'] === undefined ? '' : parseConnectionId(fields['after'], 'after');
    const [count, page] = await Promise.all([
      this.connections.count(),
      this.connections.page({ after, upTo: null, room: null, userId: null, limit: PAGE_SIZE }),
    ]);
    return { count, connections: page.map(({ connectionId }) => connectionId) };
  }
}
