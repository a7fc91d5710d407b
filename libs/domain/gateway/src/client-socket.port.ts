/** A payload as it goes over the socket, built once however many receive it. Only the adapter knows more of it. */
export interface Frame {
  readonly byteLength: number;
}

/** What a client said, as the transfer function gets it (contract §2): binary data is base64. */
export interface ClientMessage {
  readonly dataType: 'text' | 'binary';
  readonly data: string;
  /** On the socket, in bytes. */
  readonly byteLength: number;
}

/** Hears what the client does. */
export interface ClientListener {
  /** In the order the client sent them. */
  receive(message: ClientMessage): void;

  /**
   * Once, as the last call, whoever ended the connection. The code and reason are the client's; 1005 when it gave none,
   * 1006 when the connection broke, and the fitting one of {@link CloseCode} when it broke the protocol.
   */
  closed(code: number, reason: string): void;
}

/**
 * The socket of one client, after the upgrade.
 *
 * - Frames arrive in the order of `send`, whole, and before the close that follows them, also where the client closed.
 * - A frame may wait for a moment for what follows it, so that they leave together; when the socket was idle, no longer
 *   than whoever sends goes on without waiting.
 * - No method throws or waits, whatever state the connection is in: on one that has ended they do nothing.
 * - A client that does not answer `close` within seconds is cut off.
 */
export abstract class ClientSocket {
  /** Bytes that were sent but not yet taken by the network, those that wait for others too, and what keeping them takes. */
  abstract readonly backlog: number;

  /**
   * Bytes that came from the client, whatever they are: a message, a part of one, or the answer to a ping. It grows with
   * each read from the network, so that a client in the midst of a large message, which can say nothing else, is known to
   * live.
   */
  abstract readonly bytesRead: number;

  /**
   * False when the connection is closing or closed, so that the frame will not arrive.
   * @param more whether another one follows at once, so that it is worth waiting for; it need not come
   */
  abstract send(frame: Frame, more?: boolean): boolean;

  /** No further message is read from the network until `resume`. Those that were read already still come. */
  abstract pause(): void;
  abstract resume(): void;

  /** Asks the client for a sign of life; may overtake frames. */
  abstract ping(): void;

  /** Begins the closing handshake; also ends a pause. */
  abstract close(code: number, reason: string): void;

  /** Ends it at once, without a handshake. */
  abstract terminate(): void;
}
