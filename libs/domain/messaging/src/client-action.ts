/** A client's frame that named an action (contract §8). */
export interface ActionRequest {
  readonly connectionId: string;
  /** The identity of the client's message, the same on every retry of the function. */
  readonly messageId: string;
  /** W3C trace context of the message; null for none. */
  readonly traceparent: string | null;
  /** The frame's JSON object, as the client sent it: nothing in it is validated yet. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What the acknowledgement carries besides `type`, `action` and `id`. */
export type ActionReply = Readonly<Record<string, unknown>>;

/**
 * Something that clients may ask of the transfer function. A new action is one subclass, in a file of its own, and
 * one line in `apps/transfer/src/compose.ts` (docs/extending.md).
 *
 * A function may be called again with the same request after a failure: an action uses `messageId` for what it
 * sends, so that nobody is given it twice.
 */
export abstract class ClientAction {
  /** The value of `action` in the client's frame. */
  abstract readonly name: string;

  /** @throws DomainError, which the client is told as `{"type":"error","code","message"}` */
  abstract execute(request: ActionRequest): Promise<ActionReply>;
}
