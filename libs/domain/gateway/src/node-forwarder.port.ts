import { DomainError } from '@sendback/domain/runtime';
import type { Push } from './deliver-push';
import type { PushOutcome } from './push-to-clients';
import type { GatewayNode } from './session-ledger.port';

/**
 * A node did not take what is for its connections: it cannot be reached, does not answer, or another one answers in its
 * place. What became of the push is unknown; repeating it is safe for messages with an id.
 */
export class NodeUnreachable extends DomainError {
  readonly code = 'node_unreachable';
  readonly retryable = true;
}

/**
 * Hands pushes to the node that has the connections, which hands them on no further.
 *
 * - Messages keep their ids and their order. Two calls at once have no order between them.
 * - Every call ends within a deadline, whatever the other side does.
 * - Once it is closed every call fails.
 */
export abstract class NodeForwarder {
  /**
   * @param apiId of the API, which every node knows
   * @throws NodeUnreachable
   */
  abstract forward(node: GatewayNode, apiId: string, push: Push): Promise<PushOutcome>;

  /** What is under way fails. Idempotent. */
  abstract close(): void;
}
