import type { CloseClients } from './close-clients';
import type { LiveApi } from './live-api';
import { NodeUnreachable } from './node-forwarder.port';
import type { OutgoingMessage, PushOutcome, PushToClients } from './push-to-clients';
import { merged, type PushToNodes } from './push-to-nodes';
import type { Session } from './session';
import type { Tenancy } from './tenancy';

/** A reverse push (contract §4). */
export interface Push {
  /** The same array for the same list makes it cheaper to find whom it names. */
  readonly connectionIds: readonly string[];
  /** Null to close the connections. */
  readonly messages: readonly OutgoingMessage[] | null;
  /** The tag of the node that another one took to have these connections: the push is not handed on again. */
  readonly forwardedTo?: string;
}

/** Brings a push to the connections it names, on whichever node they are. */
export class DeliverPush {
  constructor(
    private readonly pushToClients: PushToClients,
    private readonly closeClients: CloseClients,
    private readonly tenancy: Pick<Tenancy, 'isDoubtful' | 'confirm'>,
    private readonly others: PushToNodes,
  ) {}

  /**
   * @throws NodeUnreachable some connections are on a node that does not answer, or, where another node handed the push
   *   on, it is not for this one. Who is not there got everything; repeating is safe for messages with an id.
   * @throws LedgerUnavailable it is not known where some of the connections are
   */
  async execute(live: LiveApi, push: Push): Promise<PushOutcome> {
    if (this.tenancy.isDoubtful) await this.tenancy.confirm();
    if (push.forwardedTo !== undefined) return this.takeOver(live, push);
    const outcome = await this.bring(live, push);
    const [gone, slow] = [outcome.gone.length, outcome.slow.length];
    live.traffic.push({ delivered: push.connectionIds.length - gone - slow, gone, slow });
    return outcome;
  }

  private async takeOver(live: LiveApi, push: Push): Promise<PushOutcome> {
    if (push.forwardedTo !== this.others.tag) throw new NodeUnreachable('another node is meant');
    const { here, elsewhere } = live.recipients.find(push.connectionIds);
    return merged([{ gone: elsewhere, slow: [] }, await this.deliver(live, here, push)]);
  }

  private async bring(live: LiveApi, push: Push): Promise<PushOutcome> {
    const { here, elsewhere } = live.recipients.find(push.connectionIds);
    const delivered = this.deliver(live, here, push);
    if (elsewhere.length === 0) return delivered;
    const forwarded = this.others.execute(live.api.id, { ...push, connectionIds: elsewhere });
    return merged(await Promise.all([delivered, forwarded]));
  }

  private async deliver(
    live: LiveApi,
    sessions: readonly Session[],
    { messages }: Push,
  ): Promise<PushOutcome> {
    if (messages) return this.pushToClients.execute(live, sessions, messages);
    return { gone: this.closeClients.execute(sessions), slow: [] };
  }
}
