import type { FunctionEvent } from './events';

/** What SCF gives a function beside the event, under its names. */
export interface FunctionContext {
  readonly request_id: string;
  readonly function_name: string;
  readonly function_version: string;
  readonly namespace: string;
  readonly time_limit_in_ms: number;
  readonly memory_limit_in_mb: number;
}

export interface FunctionTraits {
  readonly name: string;
  readonly timeoutMs: number;
  /** SCF's default is {@link DEFAULT_MEMORY_MB}. */
  readonly memoryMb: number;
}

export const DEFAULT_MEMORY_MB = 128;

export function functionContext(
  { requestContext }: FunctionEvent,
  { name, timeoutMs, memoryMb }: FunctionTraits,
): FunctionContext {
  return {
    request_id: requestContext.requestId,
    function_name: name,
    function_version: '$LATEST',
    namespace: 'default',
    time_limit_in_ms: timeoutMs,
    memory_limit_in_mb: memoryMb,
  };
}
