import type { Recipients } from './broadcast';
import type { Payload } from './payload';
import { type PushFailure, Pusher, type PushMessage, type PushReport } from './pusher.port';

/** Gives messages to clients that exist as soon as somebody pushes to them. Specs say who cannot be reached. */
export class MemoryPusher extends Pusher {
  /** Every call in order, as it was made. */
  readonly pushes: { readonly recipients: Recipients; readonly messages: readonly PushMessage[] }[] = [];
  /** Ids that are reported gone, respectively slow, and are given nothing. */
  readonly gone = new Set<string>();
  readonly slow = new Set<string>();
  /** What fails, by connection id or by push address. */
  readonly failing = new Map<string, Omit<PushFailure, 'connectionIds'>>();
  private readonly clients = new Map<string, Map<string | symbol, Payload>>();

  async push(recipients: Recipients, messages: readonly PushMessage[]): Promise<PushReport> {
    this.pushes.push({ recipients, messages });
    const slow: string[] = [];
    const report = this.reach(recipients, (id) => {
      if (this.slow.has(id)) slow.push(id);
      else this.give(id, messages);
    });
    return { ...report, slow };
  }

  async disconnect(recipients: Recipients): Promise<PushReport> {
    return this.reach(recipients, (id) => void this.gone.add(id));
  }

  /** What a connection was given, in order, each message id once. */
  received(connectionId: string): readonly Payload[] {
    return [...(this.clients.get(connectionId)?.values() ?? [])];
  }

  private reach({ connectionIds, pushAddress }: Recipients, act: (id: string) => void): PushReport {
    const gone: string[] = [];
    const failed: PushFailure[] = [];
    for (const id of new Set(connectionIds)) {
      const failure = this.failing.get(id) ?? this.failing.get(pushAddress ?? '');
      if (failure) failed.push({ connectionIds: [id], ...failure });
      else if (this.gone.has(id)) gone.push(id);
      else act(id);
    }
    return { gone, slow: [], failed };
  }

  private give(id: string, messages: readonly PushMessage[]): void {
    const given = this.clients.get(id) ?? new Map<string | symbol, Payload>();
    this.clients.set(id, given);
    for (const { messageId = Symbol('new'), payload, except } of messages) {
      if (except !== id && !given.has(messageId)) given.set(messageId, payload);
    }
  }
}
