/** What the reporter left of one project. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Tests that passed, by the title at the top. */
  readonly suites: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
}

export interface Failure {
  /** Its file and full name. */
  readonly test: string;
  /** What Jest says of it, without colours. */
  readonly message: string;
}

/** A failure's first lines hold what was expected; the rest are frames of libraries. */
const LINES_SHOWN = 25;

/** A port's contract suite is called so: `ConnectionStore on SQLite`. */
const CONTRACT = /^([A-Z]\w*) on (.+)$/;

/** How many tests passed of each port's contract on each thing that keeps it. */
export type Contracts = ReadonlyMap<string, ReadonlyMap<string, number>>;

export function contractsOf(projects: readonly Counts[]): Contracts {
  const contracts = new Map<string, Map<string, number>>();
  for (const [title, count] of projects.flatMap(({ suites }) => Object.entries(suites))) {
    const [, port, on] = CONTRACT.exec(title) ?? [];
    if (port === undefined || on === undefined) continue;
    const kept = contracts.get(port) ?? new Map<string, number>();
    contracts.set(port, kept.set(on, (kept.get(on) ?? 0) + count));
  }
  return new Map([...contracts].sort(([a], [b]) => a.localeCompare(b)));
}

/** A line for each port: its name, and what passed its contract suite, with the number of tests. */
export function describeContracts(contracts: Contracts): string[] {
  const width = Math.max(0, ...[...contracts.keys()].map(({ length }) => length));
  return [...contracts].map(([port, kept]) => {
    const on = [...kept].map(([name, count]) => `${name} (${count})`);
    return `  ${port.padEnd(width)}  ${on.join(', ')}`;
  });
}

/** Each test that failed, with what was expected and where: the run itself said so thousands of lines ago. */
export function describeFailures(projects: readonly Counts[]): string[] {
  return projects.flatMap(({ failures }) =>
    failures.map(({ test, message }) => {
      const lines = message.split('\n').slice(0, LINES_SHOWN);
      return [`\nFAILED ${test}`, ...lines.map((line) => `  ${line}`)].join('\n');
    }),
  );
}

/** Those of these servers, each called by product and version, on which no port's contract suite passed. */
export function withoutContract(contracts: Contracts, servers: readonly string[]): string[] {
  const kept = [...contracts.values()].flatMap((on) => [...on.keys()]);
  return servers.filter((server) => {
    const [product = server] = server.split(' ');
    return !kept.some((name) => name.startsWith(product));
  });
}

export const sum = (projects: readonly Counts[], of: 'passed' | 'failed'): number =>
  projects.reduce((total, counts) => total + counts[of], 0);
