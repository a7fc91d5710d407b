import type { ProcessFunctionOptions } from './process-function-invoker';

/** What a program needs to find others, its user's folder, and its language and time. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

/**
 * The environment of a function's process: of the gateway's own, which holds secrets, only what is listed above; of
 * SCF's, what says which function it is; and the function's own, which wins.
 */
export function functionEnvironment({
  name,
  environment,
  hostEnvironment,
}: Pick<ProcessFunctionOptions, 'name' | 'environment' | 'hostEnvironment'>): Record<string, string> {
  const inherited = INHERITED.flatMap((variable) => {
    const value = hostEnvironment[variable];
    return value === undefined ? [] : [[variable, value]];
  });
  return {
    LANG: 'C.UTF-8',
    SCF_FUNCTIONNAME: name,
    SCF_FUNCTIONVERSION: '$LATEST',
    SCF_NAMESPACE: 'default',
    ...(Object.fromEntries(inherited) as Record<string, string>),
    ...environment,
  };
}
