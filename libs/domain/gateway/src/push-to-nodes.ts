import type { Clock, IdSource, Log } from '@sendback/domain/runtime';
import type { ConnectionIds } from './connection-ids.port';
import type { Push } from './deliver-push';
import { NodeDirectory } from './node-directory';
import { type NodeForwarder, NodeUnreachable } from './node-forwarder.port';
import type { PushOutcome } from './push-to-clients';
import type { GatewayNode, SessionLedger } from './session-ledger.port';
import { sleep } from './stoppable-clock';

/** After so many ids everything else in the process gets its turn: a few milliseconds of work. */
const IDS_AT_ONCE = 1_000;

/** How the nodes on a ledger know each other's connections, and reach each other. */
export interface NodeParts {
  /** With the key that all of them have. */
  readonly connectionIds: ConnectionIds;
  readonly forwarder: NodeForwarder;
}

/** 48 random bits. */
export function newNodeTag(ids: IdSource): string {
  return ids.hex(6);
}

/** Brings pushes to the connections of other nodes, in one hop. */
export class PushToNodes {
  readonly directory: NodeDirectory;
  /** Of those that did not answer last time: said once. */
  private readonly silent = new Set<string>();

  /** @param tag this node's own */
  constructor(
    readonly tag: string,
    private readonly parts: NodeParts,
    ledger: SessionLedger,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.directory = new NodeDirectory(ledger, clock);
  }

  /**
   * @param push to connections that this node does not have
   * @throws NodeUnreachable when a node that is not over did not take its part; the others took theirs
   * @throws LedgerUnavailable when it is not known whose connections these are
   */
  async execute(apiId: string, push: Push): Promise<PushOutcome> {
    const byTag = await this.idsByTag(push.connectionIds);
    const nodes = await this.directory.find([...byTag.keys()].filter((tag) => tag !== ''));
    const gone: string[] = [];
    const parts: Promise<PushOutcome>[] = [];
    for (const [tag, connectionIds] of byTag) {
      const node = nodes.get(tag);
      if (node) parts.push(this.forward(node, apiId, { ...push, connectionIds }));
      else for (const id of connectionIds) gone.push(id);
    }
    return merged([{ gone, slow: [] }, ...(await allOf(parts))]);
  }

  /** What is of no node, or was this one's and is gone, stands under the empty tag. */
  private async idsByTag(ids: readonly string[]): Promise<Map<string, string[]>> {
    const byTag = new Map<string, string[]>();
    for (const [index, id] of ids.entries()) {
      if (index > 0 && index % IDS_AT_ONCE === 0) await sleep(this.clock, 0);
      const named = this.parts.connectionIds.tagOf(id);
      const tag = named === null || named === this.tag ? '' : named;
      const same = byTag.get(tag);
      if (same) same.push(id);
      else byTag.set(tag, [id]);
    }
    return byTag;
  }

  private async forward(node: GatewayNode, apiId: string, push: Push): Promise<PushOutcome> {
    try {
      const outcome = await this.parts.forwarder.forward(node, apiId, push);
      this.silent.delete(node.tag);
      return outcome;
    } catch (error) {
      if (!(error instanceof NodeUnreachable)) throw error;
      if (await this.isOver(node)) return { gone: push.connectionIds, slow: [] };
      this.report(node, error);
      throw error;
    }
  }

  /** Never said of one that may still be there. */
  private async isOver({ tag }: GatewayNode): Promise<boolean> {
    try {
      return !(await this.directory.refresh()).has(tag);
    } catch {
      return false;
    }
  }

  private report({ tag, address }: GatewayNode, error: NodeUnreachable): void {
    if (this.silent.has(tag)) return;
    this.silent.add(tag);
    this.log.warn('a gateway node does not take pushes for its connections', { address, error });
  }
}

/** What all of them gave, once none is under way any more. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

export function merged(outcomes: readonly PushOutcome[]): PushOutcome {
  return { gone: outcomes.flatMap(({ gone }) => gone), slow: outcomes.flatMap(({ slow }) => slow) };
}
