import type { Clock } from '@sendback/domain/runtime';
import type { GatewayNode, SessionLedger } from './session-ledger.port';
import { sleep } from './stoppable-clock';

/** The ledger is asked so often at most, whatever ids are pushed to. */
const PAUSE_MS = 100;
/** Of those that were found over, or never were: 1 MB. */
const MAX_OVER = 10_000;

/** The nodes that share the ledger, by the tags of their tenures. */
export class NodeDirectory {
  private nodes: ReadonlyMap<string, GatewayNode> = new Map();
  /** A tag stands in the ledger before the first id that names it, and what is over stays over. */
  private readonly over = new Set<string>();
  private askedAt = -Infinity;
  private running: Promise<unknown> = Promise.resolve();
  private next: Promise<ReadonlyMap<string, GatewayNode>> | null = null;

  constructor(
    private readonly ledger: SessionLedger,
    private readonly clock: Clock,
  ) {}

  /**
   * All nodes; of the given tags those that are not among them are over for good.
   * @throws LedgerUnavailable when one is not known and the ledger cannot be asked
   */
  async find(tags: Iterable<string>): Promise<ReadonlyMap<string, GatewayNode>> {
    const unknown = [...tags].filter((tag) => !this.nodes.has(tag) && !this.over.has(tag));
    if (unknown.length > 0) {
      const nodes = await this.refresh();
      for (const tag of unknown) if (!nodes.has(tag)) this.remember(tag);
    }
    return this.nodes;
  }

  /**
   * Reads the ledger, in a moment after the call; calls that wait for the same moment share it.
   * @throws LedgerUnavailable
   */
  refresh(): Promise<ReadonlyMap<string, GatewayNode>> {
    this.next ??= this.readNext();
    return this.next;
  }

  private async readNext(): Promise<ReadonlyMap<string, GatewayNode>> {
    await this.running.catch(() => undefined);
    const pause = this.askedAt + PAUSE_MS - this.clock.now();
    if (pause > 0) await sleep(this.clock, Math.min(pause, PAUSE_MS));
    this.next = null;
    this.askedAt = this.clock.now();
    const reading = this.read();
    this.running = reading;
    return reading;
  }

  private async read(): Promise<ReadonlyMap<string, GatewayNode>> {
    const nodes = await this.ledger.nodes();
    this.nodes = new Map(nodes.map((node) => [node.tag, node]));
    return this.nodes;
  }

  private remember(tag: string): void {
    this.over.add(tag);
    if (this.over.size <= MAX_OVER) return;
    for (const oldest of this.over) {
      this.over.delete(oldest);
      return;
    }
  }
}
