import { DomainError } from '@sendback/domain/runtime';

/** Contract §7: the number of each error that a function answers with, by the stable code of the domain. */
const ERR_NO: Readonly<Record<string, number>> = {
  no_request_context: 101,
  no_websocket: 102,
  bad_connection_id: 103,
  unknown_action: 104,
  bad_data: 105,
  too_large: 106,
  connection_gone: 201,
  connection_slow: 202,
  not_permitted: 203,
  storage_unavailable: 301,
  queue_unavailable: 302,
};

export interface ErrorAnswer {
  readonly errNo: number;
  readonly errMsg: string;
}

/**
 * What a function returns for a failure that the domain declares. An unavailable part's own message stays in the
 * log: the gateway shows this answer to clients.
 * @throws the error itself when it is anything else: a bug, which must not look like an answer
 */
export function errorAnswer(error: unknown): ErrorAnswer {
  if (!(error instanceof DomainError)) throw error;
  const errMsg = error.retryable ? error.code.replaceAll('_', ' ') : error.message;
  return { errNo: ERR_NO[error.code] ?? 500, errMsg };
}
