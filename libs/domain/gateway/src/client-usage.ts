import type { ClientLimits } from './api';
import { clientAddress } from './client-address';
import { TokenBucket } from './token-bucket';

/** What one client address, or all of them together, use of their limits. */
export class Usage {
  connections = 0;
  private readonly messages: TokenBucket;
  private readonly bytes: TokenBucket;

  constructor(private readonly limits: ClientLimits) {
    this.messages = new TokenBucket(limits.messagesPerSecond);
    this.bytes = new TokenBucket(limits.bytesPerSecond);
  }

  get hasRoom(): boolean {
    return this.connections < this.limits.connections;
  }

  allows(bytes: number, now: number): boolean {
    return this.messages.allows(1, now) && this.bytes.allows(bytes, now);
  }

  take(bytes: number): void {
    this.messages.take(1);
    this.bytes.take(bytes);
  }

  /** Whether it is as if it had never been used. */
  isUnused(now: number): boolean {
    return this.connections === 0 && this.messages.isFull(now) && this.bytes.isFull(now);
  }
}

/**
 * The use that the clients of one API make of its limits. An address is remembered while it has connections, and until
 * what it sent is forgiven.
 */
export class ClientUsage {
  private readonly all: Usage;
  private readonly perAddress = new Map<string, Usage>();
  /** Those that may have no connection any more. */
  private readonly leaving = new Set<string>();

  constructor(private readonly limits: { readonly all: ClientLimits; readonly perAddress: ClientLimits }) {
    this.all = new Usage(limits.all);
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.perAddress.size;
  }

  hasRoomFor(sourceIp: string): boolean {
    const used = this.perAddress.get(clientAddress(sourceIp));
    return this.all.hasRoom && (used ? used.hasRoom : this.limits.perAddress.connections > 0);
  }

  /** One more connection, whether there is room or not. */
  enter(sourceIp: string): ClientShare {
    const address = clientAddress(sourceIp);
    const own = this.perAddress.get(address) ?? new Usage(this.limits.perAddress);
    this.perAddress.set(address, own);
    own.connections++;
    this.all.connections++;
    return new ClientShare(this.all, own, address);
  }

  leave({ own, address }: ClientShare): void {
    own.connections--;
    this.all.connections--;
    if (own.connections === 0) this.leaving.add(address);
  }

  /** Forgets the addresses that can be; to be called again and again. */
  sweep(now: number): void {
    for (const address of this.leaving) {
      if (!this.perAddress.get(address)?.isUnused(now)) continue;
      this.perAddress.delete(address);
      this.leaving.delete(address);
    }
  }
}

/** What one connection uses. */
export class ClientShare {
  constructor(
    private readonly all: Usage,
    readonly own: Usage,
    readonly address: string,
  ) {}

  /** Counts a message of the client; false when it exceeds a limit, and is not counted. */
  take(bytes: number, now: number): boolean {
    if (!this.own.allows(bytes, now) || !this.all.allows(bytes, now)) return false;
    this.own.take(bytes);
    this.all.take(bytes);
    return true;
  }
}
