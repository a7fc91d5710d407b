import { parseArgs } from 'node:util';
import type { BenchCase, BenchOptions } from './bench';

export interface Options extends BenchOptions {
  readonly help: boolean;
  /** All of them when none is named. */
  readonly cases: readonly BenchCase[];
  /** Where the rows are written to, as JSON; null for nowhere. */
  readonly json: string | null;
  readonly check: boolean;
  /** A file of rows that take the place of measuring; null to measure. */
  readonly from: string | null;
  /** The folder of the plots; null for none. */
  readonly plots: string | null;
}

/** @throws Error saying what is wrong with the arguments */
export function parseOptions(args: readonly string[], cases: readonly BenchCase[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      json: { type: 'string' },
      check: { type: 'boolean', default: false },
      queue: { type: 'string', default: 'amqp' },
      profile: { type: 'string' },
      from: { type: 'string' },
      plots: { type: 'string' },
    },
  });
  const { help, check, queue, json = null, profile = null, from = null, plots = null } = values;
  if (queue !== 'amqp' && queue !== 'database') throw new Error('--queue must be amqp or database');
  const unknown = positionals.find((name) => !cases.some((one) => one.name === name));
  if (unknown !== undefined) throw new Error(`there is no case called ${unknown}`);
  const chosen = cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  return { help, cases: chosen, json, check, from, plots, queue, profile };
}

export function helpOf(cases: readonly BenchCase[]): string {
  const width = Math.max(...cases.map(({ name }) => name.length));
  return `usage: npm run bench -- [CASE…] [--check] [--json FILE] [--plots FOLDER] [--queue amqp|database] [--profile FOLDER]
       npm run bench -- [CASE…] [--check] --from FILE [--plots FOLDER]

Measures the built apps as processes of their own, on servers of its own. Progress goes to standard error, tables of
medians, in Markdown, to standard output. Without a case, all of them:

${cases.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join('\n')}

  --check           exit with 1 where a target is missed
  --json FILE       write the rows there too
  --from FILE       show the rows of a file that --json has written; nothing is measured
  --plots FOLDER    draw each case there, as CASE.svg
  --queue NAME      between producer and broadcasters: amqp is RabbitMQ (the default), database the tables in MariaDB
  --profile FOLDER  broadcasters leave CPU profiles there; slows them down
  --help            this text
`;
}
