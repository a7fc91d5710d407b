import { FunctionFailed } from './function-invoker.port';

export type RegistrationAnswer =
  /** `protocols` are the sub-protocols the function named, best first. */
  | { readonly accepted: true; readonly protocols: readonly string[] }
  | { readonly accepted: false; readonly errNo: number; readonly errMsg: string };

/** `not permitted` (contract §7), for a function that refuses without saying why. */
const NOT_PERMITTED = 203;
const MAX_ERR_MSG = 1_000;

/**
 * What the registration function said (contract §1): an object, or a JSON string holding it, or `false`.
 * @throws FunctionFailed for anything else
 */
export function parseRegistrationAnswer(value: unknown): RegistrationAnswer {
  const answer = typeof value === 'string' ? parseJson(value) : value;
  if (answer === false) return { accepted: false, errNo: NOT_PERMITTED, errMsg: 'refused' };
  const { errNo, errMsg, websocket } = fields(answer);
  if (!Number.isSafeInteger(errNo)) throw unusable('has no errNo');
  if (errNo === 0) return { accepted: true, protocols: protocolsOf(websocket) };
  return {
    accepted: false,
    errNo: errNo as number,
    errMsg: typeof errMsg === 'string' ? errMsg.slice(0, MAX_ERR_MSG) : 'refused',
  };
}

/** The first of the function's sub-protocols that the client offered, else none. */
export function chooseProtocol(named: readonly string[], offered: string | undefined): string | null {
  const offers = split(offered);
  return named.find((name) => offers.includes(name)) ?? null;
}

function protocolsOf(websocket: unknown): readonly string[] {
  if (typeof websocket !== 'object' || websocket === null) return [];
  const { secWebSocketProtocol } = websocket as Record<string, unknown>;
  return typeof secWebSocketProtocol === 'string' ? split(secWebSocketProtocol) : [];
}

function split(list = ''): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function fields(answer: unknown): Record<string, unknown> {
  if (typeof answer !== 'object' || answer === null) throw unusable('is not an object');
  return answer as Record<string, unknown>;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unusable('is not JSON', cause);
  }
}

function unusable(what: string, cause?: unknown): FunctionFailed {
  return new FunctionFailed(`the registration function's answer ${what}`, false, { cause });
}
