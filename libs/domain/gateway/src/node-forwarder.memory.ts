import type { Push } from './deliver-push';
import type { Gateway } from './gateway';
import { NodeForwarder, NodeUnreachable } from './node-forwarder.port';
import type { PushOutcome } from './push-to-clients';
import type { GatewayNode } from './session-ledger.port';

/** Forwards to gateways of this process, which are put under their addresses; there may be several forwarders, or no gateways. */
export class MemoryNodeForwarder extends NodeForwarder {
  private closed = false;

  constructor(private readonly gateways: ReadonlyMap<string, Gateway> = new Map()) {
    super();
  }

  async forward({ tag, address }: GatewayNode, apiId: string, push: Push): Promise<PushOutcome> {
    const gateway = this.gateways.get(address);
    const live = gateway?.apis.find(({ api }) => api.id === apiId);
    if (!gateway || !live || this.closed) throw new NodeUnreachable('the node is not there');
    return gateway.deliverPush.execute(live, { ...push, forwardedTo: tag });
  }

  close(): void {
    this.closed = true;
  }
}
