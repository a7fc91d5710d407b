import type { FunctionEvent } from './events';

/** What SCF gives a function beside the event, under its names. */
export interface FunctionContext {
  readonly request_id: string;
  readonly function_name: string;
  readonly function_version: string;
  readonly namespace: string;
  readonly time_limit_in_ms: number;
  readonly memory_limit_in_mb: number;
  /** The function's environment variables: an object in JSON. This and what follows: where they are the gateway's to know. */
  readonly environment?: string;
  /** The same as `NAME=value;NAME=value`. */
  readonly environ?: string;
  readonly tencentcloud_region?: string;
  readonly tencentcloud_appid?: string;
  readonly tencentcloud_uin?: string;
}

export interface FunctionTraits {
  readonly name: string;
  readonly timeoutMs: number;
  /** SCF's default is {@link DEFAULT_MEMORY_MB}. */
  readonly memoryMb: number;
  /** Environment variables; those that SCF sets itself, like TENCENTCLOUD_REGION, fill the fields of that name. */
  readonly environment?: Readonly<Record<string, string>>;
}

export const DEFAULT_MEMORY_MB = 128;

const NAMESPACE = 'default';

export function functionContext(
  { requestContext }: FunctionEvent,
  { name, timeoutMs, memoryMb, environment }: FunctionTraits,
): FunctionContext {
  return {
    request_id: requestContext.requestId,
    function_name: name,
    function_version: '$LATEST',
    namespace: NAMESPACE,
    time_limit_in_ms: timeoutMs,
    memory_limit_in_mb: memoryMb,
    ...(environment && environmentFields({ SCF_NAMESPACE: NAMESPACE, ...environment })),
  };
}

function environmentFields(variables: Readonly<Record<string, string>>): Partial<FunctionContext> {
  return {
    environment: JSON.stringify(variables),
    environ: Object.entries(variables)
      .map(([name, value]) => `${name}=${value}`)
      .join(';'),
    tencentcloud_region: variables['TENCENTCLOUD_REGION'] ?? '',
    tencentcloud_appid: variables['TENCENTCLOUD_APPID'] ?? '',
    tencentcloud_uin: variables['TENCENTCLOUD_UIN'] ?? '',
  };
}
