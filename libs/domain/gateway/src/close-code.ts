/**
 * The codes a connection ends with (RFC 6455 §7.4; 4000 and up are this project's), and what a client should do next.
 * The cleanup event carries the same code (contract §3).
 */
export const CloseCode = {
  /** The application closed it by reverse push. Do not reconnect unless the user asks. */
  closedByApplication: 1000,
  /** The gateway stops. Reconnect, after a short random wait. */
  goingAway: 1001,
  /** The client broke the protocol (a compressed or unmasked frame, …). Do not reconnect: it is a bug of the client. */
  protocolError: 1002,
  /** Never on the wire: the client closed without a code. Up to the client. */
  none: 1005,
  /** Never on the wire: the connection broke, or its peer fell silent. Reconnect with growing back-off. */
  dropped: 1006,
  /** A text message was not UTF-8, or a compressed one not compressed. Do not reconnect: it is a bug of the client. */
  invalidText: 1007,
  /** A message came in too many pieces. Do not reconnect: it is a bug of the client. */
  policyViolation: 1008,
  /** A message was larger than the gateway takes. Reconnect, but do not send it again. */
  tooBig: 1009,
  /** The transfer function failed, so a message may not have been worked on. Reconnect with growing back-off. */
  functionFailed: 1011,
  /** The gateway lost its lease, another one cleans up. Reconnect, after a short random wait. */
  restarted: 1012,
  /** No message came for the API's backend timeout. Reconnect when there is something to say. */
  idle: 4000,
  /** The client read more slowly than messages came, and missed some. Reconnect with growing back-off and catch up. */
  tooSlow: 4001,
  /**
   * It sent more than a limit of the API allows, alone or with others; that message was dropped, those before it were
   * taken. Reconnect with growing back-off and send more slowly.
   */
  rateExceeded: 4002,
} as const;
