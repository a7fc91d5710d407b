import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startServices, watch } from '@sendback/tools/services';
import { createConnection } from 'mysql2/promise';
import type { Bench, BenchCase } from '../bench';
import { Emulator, type EmulatorKind, EMULATORS } from '../inbound/emulator';
import { figure, judged, type Row } from '../row';
import { median, shown } from '../statistics';
import { BuiltApp } from '../support/built-app';
import { runAgain, warmUp } from '../support/warm-up';
import { bareServer, Clients, ConnectStage, functionsInProcess, functionsOverHttp } from './connect-runs';
import { Conversation, echo, functionHost, inProcess, overHttp } from './inbound-runs';

const ROUNDS = 5;
/** Of a bare server's messages. */
const LEAST_MESSAGES = 0.5;
/** Of an emulator's connects. */
const LEAST_CONNECTS = 10;
/** In a run. */
const CONNECTS = 2_000;
/** For each that an emulator is given at once. */
const EMULATED_CONNECTS = 4;
const IN_PROCESS = 'in-process';
const ECHO = 'ws echo';
/** Of those who connect. */
const BARE = 'ws';
/** Of those who answer: each client says the next when it has heard the last. */
const ONE = ', one at a time';

type Values = ReadonlyMap<string, readonly number[]>;

/**
 * Messages: what a hundred clients that send as fast as they may get through to the transfer function, every number of
 * every connection looked at. `in-process` is standalone's composition of the gateway with a function that does
 * nothing; `answered` has it send each message back, as the bare server does; `one at a time` has clients wait for
 * that. Connects: through the registration function and the ledger of sessions, on real storage, each to be cleaned up
 * before the next run; over HTTP, and `in-process` as standalone has it. The emulators have nothing to record. The limit
 * is what a bare server accepts.
 */
export const inbound: BenchCase = {
  name: 'inbound',
  about: 'messages a second through the transfer function, and connects a second through registration',
  run: async (bench) => {
    bench.say('building gateway and function-host');
    const [gateway, host] = [await BuiltApp.build('gateway'), await BuiltApp.build('function-host')];
    bench.atEnd(() => {
      gateway.remove();
      host.remove();
    });
    const messages = await measureMessages(bench, gateway, host);
    const connects = await measureConnects(bench, gateway, host);
    return [...messageRows(messages), ...connectRows(connects)];
  },
};

async function measureMessages(bench: Bench, gateway: BuiltApp, host: BuiltApp): Promise<Values> {
  const flags = flagsOf(bench);
  const hearers = {
    [IN_PROCESS]: () => inProcess('taking', flags),
    [`${IN_PROCESS}, answered`]: () => inProcess('answering', flags),
    [ECHO]: echo,
    'over HTTP': () => overHttp(gateway, flags),
    'function-host, answered': () => functionHost(gateway, host, sqlite(bench), flags),
  };
  const ways = new Map<string, () => Promise<number>>();
  for (const [name, hearer] of Object.entries(hearers)) {
    const conversation = await Conversation.begin(name, await hearer());
    bench.atEnd(() => conversation.close());
    await warmUp(() => conversation.measure());
    ways.set(name, () => conversation.measure());
    if (conversation.replies) ways.set(`${name}${ONE}`, () => conversation.measure(1));
  }
  return inTurns(bench, ways, 'messages/s');
}

/** So that whatever else the machine does meets all of them. */
async function inTurns(
  bench: Bench,
  entrants: ReadonlyMap<string, () => Promise<number>>,
  unit: string,
): Promise<Values> {
  const values = new Map<string, number[]>([...entrants.keys()].map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, measure] of entrants) values.get(name)?.push(await measure());
  }
  for (const [name, some] of values) bench.say(`${name}: ${shown(median(some))} ${unit}`);
  return values;
}

async function measureConnects(bench: Bench, gateway: BuiltApp, functionHost: BuiltApp): Promise<Values> {
  const flags = flagsOf(bench);
  const overHttp = (databaseUrl: string, gatewayUrl: string) => () =>
    functionsOverHttp({ gateway, functionHost, databaseUrl, gatewayUrl, flags });
  const venues = {
    'SQLite, in-process': () => functionsInProcess(flags),
    SQLite: overHttp(sqlite(bench), sqlite(bench)),
    MariaDB: overHttp(...(await mariaDb(bench))),
    [BARE]: bareServer,
  };
  const entrants = new Map<string, () => Promise<number>>();
  for (const [name, open] of Object.entries(venues)) {
    const stage = await ConnectStage.set(await open());
    bench.atEnd(() => stage.close());
    await warmUp(() => stage.measure(CONNECTS));
    entrants.set(name, () => runAgain(() => stage.measure(CONNECTS)));
  }
  for (const kind of EMULATORS) {
    const emulated = await emulator(bench, kind);
    if (emulated) entrants.set(kind.name, () => runAgain(emulated));
  }
  return inTurns(bench, entrants, 'connects/s');
}

/** Of the numbers at once, that which serves it best. Null, and said, where it cannot be had. */
async function emulator(bench: Bench, kind: EmulatorKind): Promise<(() => Promise<number>) | null> {
  try {
    const emulated = await Emulator.start(kind, (line) => bench.say(line));
    bench.atEnd(() => emulated.stop());
    const clients = await Clients.start();
    bench.atEnd(() => clients.stop());
    const measure = async (): Promise<number> => {
      const rates: number[] = [];
      for (const atOnce of kind.atOnce) {
        const { port, path } = emulated;
        rates.push(await clients.connect({ port, path, count: EMULATED_CONNECTS * atOnce, atOnce }));
        await clients.leave();
        await pause(200);
      }
      return Math.max(...rates);
    };
    await warmUp(measure);
    return measure;
  } catch (error) {
    bench.miss(kind.name, error);
    return null;
  }
}

function messageRows(values: Values): readonly Row[] {
  return [...values].flatMap(([variant, some]) => {
    if (variant.startsWith(ECHO)) return [];
    const limit = median(values.get(variant.endsWith(ONE) ? ECHO + ONE : ECHO) ?? []);
    const row = figure({ case: 'inbound', variant, metric: 'messages/s' }, some, limit);
    if (!variant.startsWith(IN_PROCESS)) return [row];
    const ratio = row.ours / limit;
    const beside = { ...row, peers: { [ECHO]: limit }, ratio };
    return [variant === IN_PROCESS ? judged(beside, ratio, { least: LEAST_MESSAGES }) : beside];
  });
}

/** A row beside each of the emulators. */
function connectRows(values: Values): readonly Row[] {
  const names = EMULATORS.map(({ name }) => name);
  const limit = median(values.get(BARE) ?? []);
  return [...values].flatMap(([variant, some]) => {
    if (variant === BARE || names.includes(variant)) return [];
    const row = figure({ case: 'inbound', variant, metric: 'connects/s' }, some, limit);
    const beside = names.flatMap((name) => {
      const theirs = values.get(name);
      if (!theirs) return [];
      const peers = { [name]: median(theirs) };
      return [judged({ ...row, peers }, row.ours / median(theirs), { least: LEAST_CONNECTS })];
    });
    return beside.length > 0 ? beside : [row];
  });
}

function flagsOf({ options: { profile } }: Bench): readonly string[] {
  return profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
}

/** A database in a folder that goes when the case ends. */
function sqlite(bench: Bench): string {
  const folder = mkdtempSync(join(tmpdir(), 'sendback-'));
  const gone = watch({ kind: 'path', what: folder });
  bench.atEnd(() => {
    rmSync(folder, { recursive: true, force: true });
    gone();
  });
  return `sqlite:${join(folder, 'bench.db')}`;
}

/** Databases of a server of its own: for the application and for the gateway. */
async function mariaDb(bench: Bench): Promise<[string, string]> {
  const services = await startServices();
  bench.atEnd(() => services.close());
  const { url } = services.mysql;
  const connection = await createConnection(url);
  try {
    for (const name of ['application', 'gateway']) await connection.query(`CREATE DATABASE bench_${name}`);
  } finally {
    await connection.end();
  }
  return [new URL('/bench_application', url).href, new URL('/bench_gateway', url).href];
}
