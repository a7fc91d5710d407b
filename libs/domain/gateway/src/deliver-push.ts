import type { CloseClients } from './close-clients';
import type { LiveApi } from './live-api';
import type { OutgoingMessage, PushOutcome, PushToClients } from './push-to-clients';

/** A reverse push (contract §4). */
export interface Push {
  readonly connectionIds: readonly string[];
  /** Null to close the connections. */
  readonly messages: readonly OutgoingMessage[] | null;
}

/** Brings a push to the connections it names. */
export class DeliverPush {
  constructor(
    private readonly pushToClients: PushToClients,
    private readonly closeClients: CloseClients,
  ) {}

  async execute(live: LiveApi, { connectionIds, messages }: Push): Promise<PushOutcome> {
    if (messages) return this.pushToClients.execute(live, connectionIds, messages);
    return { gone: this.closeClients.execute(live, connectionIds), slow: [] };
  }
}
