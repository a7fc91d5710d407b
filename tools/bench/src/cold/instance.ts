import { GuardedProcess } from '@sendback/tools/services';

/** What a process measured of itself, in milliseconds. */
export interface Instance {
  /** `require` of the function's code. */
  readonly load: number;
  readonly first: number;
  /** The rest of the invocations, one after the other. */
  readonly warm: readonly number[];
  /** What the function returned, by invocation. */
  readonly returned: readonly unknown[];
}

/** Run as it is, so that nothing else is loaded when it begins. */
const SCRIPT = `
const [file, events] = process.argv.slice(1);
const timed = [];
let last = performance.now();
const lap = () => { const now = performance.now(); timed.push(now - last); last = performance.now(); };
const { main_handler } = require(file);
lap();
(async () => {
  const returned = [];
  for (const event of JSON.parse(events)) {
    last = performance.now();
    returned.push(await main_handler(event));
    lap();
  }
  const [load, first, ...warm] = timed;
  process.stdout.write('measured ' + JSON.stringify({ load, first, warm, returned }) + '\\n', () => process.exit());
})();
`;

/** A fresh process that loads a function and invokes it. @throws Error with what it wrote when it fails */
export async function measureInstance(
  file: string,
  events: readonly object[],
  env: Readonly<Record<string, string>>,
): Promise<Instance> {
  const args = ['--eval', SCRIPT, file, JSON.stringify(events)];
  const instance = await GuardedProcess.start({ file: process.execPath, args, env });
  await instance.ended;
  const [, measured] = /^measured (.*)$/m.exec(instance.output) ?? [];
  if (measured === undefined) throw new Error(`the function failed:\n${instance.output}`);
  return JSON.parse(measured) as Instance;
}

/** @returns the milliseconds from start to end of a process of Node.js that does nothing */
export async function measureEmpty(): Promise<number> {
  const began = performance.now();
  const empty = await GuardedProcess.start({ file: process.execPath, args: ['--eval', '0'], env: {} });
  await empty.ended;
  return performance.now() - began;
}
