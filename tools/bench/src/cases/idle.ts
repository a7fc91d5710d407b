import type { Bench, BenchCase } from '../bench';
import { ToolProcess } from '../fanout/tool-process';
import { idleServers, type IdleServer, NCHAN, OURS } from '../idle/idle-servers';
import { preparePeers } from '../peers/peers';
import { figure, judged, type Row } from '../row';
import { median, shown } from '../statistics';
import { BuiltApp } from '../support/built-app';
import { requireOpenFiles } from '../support/open-files';
import { countCpu, rssBytes } from '../support/process-usage';

const CLIENTS = 10_000;
const ROUNDS = 3;
/** What connecting has left to be done is done by then. */
const SETTLE_MS = 2_000;
const IDLE_MS = 10_000;

const BYTES_PER_MIB = 1024 * 1024;

interface Run {
  /** Of memory that came with them, for each client. */
  readonly bytes: number;
  /** Of memory in all. */
  readonly mib: number;
  /** Of a core, in percent, while nothing but pings came. */
  readonly cpu: number;
}

type Runs = ReadonlyMap<string, readonly Run[]>;

interface Filled {
  readonly name: string;
  readonly server: IdleServer;
  readonly clients: ToolProcess;
  readonly before: number;
}

/** The real gateway and its peers, each a fresh process with clients that say nothing. */
export const idle: BenchCase = {
  name: 'idle',
  about: `${shown(CLIENTS)} clients that say nothing, beside nchan, ws and Socket.IO: memory of each, processor time`,
  run: async (bench) => {
    requireOpenFiles(CLIENTS);
    await preparePeers(bench);
    const app = await BuiltApp.build('gateway');
    bench.atEnd(() => app.remove());
    const servers = new Map(idleServers(bench, app, CLIENTS));
    const runs = new Map<string, Run[]>();
    for (let round = 1; round <= ROUNDS; round++) {
      for (const [name, run] of await measure(bench, servers)) {
        runs.set(name, [...(runs.get(name) ?? []), run]);
        bench.say(
          `round ${round}, ${name}: ${shown(run.bytes)} bytes a client, ${shown(run.cpu)} % of a core`,
        );
      }
    }
    return rowsOf(runs);
  },
};

/** All of them at once: they wait beside each other. */
async function measure(
  bench: Bench,
  servers: Map<string, () => Promise<IdleServer>>,
): Promise<ReadonlyMap<string, Run>> {
  const filled: Filled[] = [];
  try {
    for (const [name, start] of servers) {
      try {
        filled.push(await fill(name, await start()));
      } catch (error) {
        if (name === OURS) throw error;
        bench.miss(name, error);
        servers.delete(name);
      }
    }
    await pause(SETTLE_MS);
    const counted = countCpu(Object.fromEntries(filled.map(({ name, server }) => [name, server.pids()])));
    await pause(IDLE_MS);
    const { seconds } = counted();
    const runs = new Map<string, Run>();
    for (const one of filled) {
      const { open } = await one.clients.order<{ open: number }>('count');
      if (open !== CLIENTS) throw new Error(`${one.name}: ${open} of ${CLIENTS} clients are left`);
      const cpu = (100_000 * (seconds.get(one.name) ?? NaN)) / IDLE_MS;
      const memory = memoryOf(one.server);
      runs.set(one.name, { bytes: (memory - one.before) / CLIENTS, mib: memory / BYTES_PER_MIB, cpu });
    }
    return runs;
  } finally {
    for (const { clients } of filled) await clients.stop();
    for (const { server } of filled) await server.stop();
  }
}

async function fill(name: string, server: IdleServer): Promise<Filled> {
  const clients = await ToolProcess.start(['idle-clients', '']);
  try {
    const before = memoryOf(server);
    const { port, path, dialect } = server;
    await clients.order('join', JSON.stringify({ port, path, dialect, count: CLIENTS }));
    return { name, server, clients, before };
  } catch (error) {
    await clients.stop();
    await server.stop();
    throw error;
  }
}

const memoryOf = ({ pids }: IdleServer): number => pids().reduce((sum, pid) => sum + rssBytes(pid), 0);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function rowsOf(runs: Runs): readonly Row[] {
  const ours = runs.get(OURS) ?? [];
  const row = (metric: string, of: (run: Run) => number): Row => {
    const peers = [...runs].filter(([name]) => name !== OURS);
    return {
      ...figure({ case: 'idle', variant: `${shown(CLIENTS)} clients`, metric }, ours.map(of)),
      peers: Object.fromEntries(peers.map(([name, some]) => [name, median(some.map(of))])),
    };
  };
  const bytes = row('bytes of RSS a client', (run) => run.bytes);
  return [
    judged(bytes, bytes.ours / (bytes.peers[NCHAN] ?? NaN), { most: 1 }),
    row('MiB of RSS in all', ({ mib }) => mib),
    row('% of a core', ({ cpu }) => cpu),
  ];
}
