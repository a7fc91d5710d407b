import { writeFileSync } from 'node:fs';
import { Bench } from './bench';
import { cold } from './cases/cold';
import { consumers } from './cases/consumers';
import { fanout } from './cases/fanout';
import { idle } from './cases/idle';
import { inbound } from './cases/inbound';
import { pipeline } from './cases/pipeline';
import { push } from './cases/push';
import { scale } from './cases/scale';
import { FANOUT_PROCESSES } from './fanout/processes';
import { IDLE_PROCESSES } from './idle/processes';
import { helpOf, type Options, parseOptions } from './options';
import { INBOUND_PROCESSES } from './inbound/processes';
import { Plots } from './plots/plots';
import { readRows } from './plots/saved-rows';
import { PUSH_LOAD, servePushLoad } from './push/push-load';
import type { Row } from './row';
import { serveSink, SINK_PROCESS } from './sink/sink';
import { untilSignal } from '@sendback/tools/services';
import { tableOf } from './table';

const CASES = [scale, consumers, fanout, pipeline, push, inbound, cold, idle];

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), CASES);
  if (options.help) {
    process.stdout.write(helpOf(CASES));
    return 0;
  }
  const plots = options.plots === null ? null : await Plots.ready(sayOfPlots);
  const measured = options.from === null ? await measure(options) : savedBy(options.from, options);
  if (typeof measured === 'number') return measured;
  const code = report(measured, options);
  if (options.plots !== null) plots?.write(measured.rows, options.plots);
  return code;
}

interface Measured {
  readonly rows: readonly Row[];
  /** What could not be measured. */
  readonly missing: readonly string[];
}

/** @returns the exit code when it is told to stop */
async function measure(options: Options): Promise<Measured | number> {
  if (process.platform !== 'linux')
    throw new Error('what processes take is read from /proc, as Linux has it');
  const stopped = untilSignal();
  const rows: Row[] = [];
  const missing: string[] = [];
  for (const one of options.cases) {
    const bench = new Bench(one.name, options);
    const ended = await Promise.race([one.run(bench), stopped]).finally(() => bench.close());
    if (typeof ended === 'number') return ended;
    rows.push(...ended);
    missing.push(...bench.missing.map((line) => `${one.name}: ${line}`));
  }
  return { rows, missing };
}

function savedBy(file: string, { cases }: Options): Measured {
  const rows = readRows(file).filter((row) => cases.some(({ name }) => name === row.case));
  return { rows, missing: [] };
}

function sayOfPlots(line: string): void {
  process.stderr.write(`plots: ${line}\n`);
}

/** @returns the exit code */
function report({ rows, missing }: Measured, { json, check }: Options): number {
  for (const line of tableOf(rows)) process.stdout.write(`${line}\n`);
  for (const line of missing) process.stdout.write(`${line}\n`);
  if (json !== null) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
  const missed = rows.filter(({ holds }) => holds === false).length;
  if (missed > 0) process.stdout.write(`${missed} of the targets missed\n`);
  return check && missed > 0 ? 1 : 0;
}

const [, , name = '', argument = ''] = process.argv;
const PROCESSES: Readonly<Record<string, (argument: string) => unknown>> = {
  ...FANOUT_PROCESSES,
  ...IDLE_PROCESSES,
  [SINK_PROCESS]: serveSink,
  [PUSH_LOAD]: servePushLoad,
  ...INBOUND_PROCESSES,
};
const part = PROCESSES[name];
if (part) void part(argument);
else {
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}
