import { FunctionFailed } from '@sendback/domain/gateway';
import { clipped } from './clipped';

/** SCF's own: too many new instances at once, no concurrency left, no machines left. */
const NOT_STARTED: readonly unknown[] = [429, 432, 449];

interface Result {
  readonly RetMsg: string;
  readonly ErrMsg: string;
  readonly InvokeResult: unknown;
  readonly FunctionRequestId: unknown;
}

/**
 * What the function returned. The words of a runtime that does not write JSON are taken for a string: the API's own
 * example has them.
 * @param answer `Response` of InvokeFunction
 * @param who the function, for messages
 * @throws FunctionFailed when it threw, or was not started
 */
export function returnValueOf(answer: unknown, who: string): unknown {
  const result = resultOf(answer);
  if (!result) throw new FunctionFailed(`${who}: the API answered without a result`, false);
  if (result.ErrMsg !== '' || result.InvokeResult !== 0) throw failureOf(result, who);
  return result.RetMsg === '' ? null : parsed(result.RetMsg);
}

function resultOf(answer: unknown): Result | null {
  const result = (answer as { Result?: Partial<Result> | null } | null | undefined)?.Result;
  if (typeof result !== 'object' || result === null) return null;
  const { RetMsg = '', ErrMsg = '', InvokeResult = 0, FunctionRequestId } = result;
  if (typeof RetMsg !== 'string' || typeof ErrMsg !== 'string') return null;
  return { RetMsg, ErrMsg, InvokeResult, FunctionRequestId };
}

/** What the function said when it threw is left to the cause, for the log. */
function failureOf({ RetMsg, ErrMsg, FunctionRequestId }: Result, who: string): FunctionFailed {
  // Written by SCF. ErrMsg may be the words of the function instead.
  const { statusCode: status } = (parsed(RetMsg || ErrMsg) ?? {}) as { statusCode?: unknown };
  const notStarted = NOT_STARTED.includes(status);
  const what = [
    notStarted ? 'was not started' : 'failed',
    ...(typeof status === 'number' ? [`status ${status}`] : []),
    ...(typeof FunctionRequestId === 'string' ? [`request ${clipped(FunctionRequestId)}`] : []),
  ];
  const cause = new Error(clipped(ErrMsg || RetMsg));
  return new FunctionFailed(`${who} ${what.join(', ')}`, notStarted, { cause });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
