import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GuardedProcess, type Services, servicesForTests, untilSignal } from '@sendback/tools/services';
import {
  contractsOf,
  type Counts,
  describeContracts,
  describeFailures,
  sum,
  withoutContract,
} from './summary';

/**
 * npm test: formatting, then lint, typecheck, build and test of every project with a MariaDB and a RabbitMQ to test on,
 * then how many tests there were and on what. With TEST_SERVICES=none, without servers and what needs them.
 */

const WORKSPACE = resolve(__dirname, '../../..');
const RESULTS = join(WORKSPACE, 'dist/test-results');
const GRACE_MS = 10_000;

const running = new Set<GuardedProcess>();
let interrupted: number | null = null;

async function main(): Promise<boolean> {
  rmSync(RESULTS, { recursive: true, force: true });
  mkdirSync(RESULTS, { recursive: true });
  const [formatted, services] = await Promise.all([
    run('prettier', ['--check', '--log-level', 'warn', '.']),
    process.env['TEST_SERVICES'] === 'none' ? null : servicesForTests(process.env),
  ]);
  try {
    const servers = services ? [services.mysql.name, services.amqp.name] : [];
    console.log(`testing on ${['SQLite', ...servers].join(', ')}`);
    const targets = ['lint', 'typecheck', 'build', 'test'];
    const checked = await run(
      'nx',
      ['run-many', '-t', ...targets, '--output-style=static'],
      services && variables(services),
    );
    return interrupted === null && report(formatted, checked, servers);
  } finally {
    await services?.close();
  }
}

/** What tests find the servers by. */
function variables({ mysql, amqp }: Services): NodeJS.ProcessEnv {
  return {
    TEST_MYSQL_URL: mysql.url,
    TEST_MYSQL_NAME: mysql.name,
    TEST_AMQP_URL: amqp.url,
    TEST_AMQP_NAME: amqp.name,
  };
}

async function run(program: string, args: string[], env: NodeJS.ProcessEnv | null = null): Promise<boolean> {
  if (interrupted !== null) return false;
  const command = {
    file: join(WORKSPACE, 'node_modules/.bin', program),
    args,
    env: { ...process.env, ...env },
  };
  const child = await GuardedProcess.start(command, { inherit: true });
  running.add(child);
  const { code } = await child.ended;
  running.delete(child);
  return code === 0;
}

function report(formatted: boolean, checked: boolean, servers: readonly string[]): boolean {
  const projects = readdirSync(RESULTS).map(
    (name) => JSON.parse(readFileSync(join(RESULTS, name), 'utf8')) as Counts,
  );
  const contracts = contractsOf(projects);
  const missed = withoutContract(contracts, servers);
  const [passed, failed] = [sum(projects, 'passed'), sum(projects, 'failed')];
  console.log('\nports, and what passed their contract suites:');
  for (const line of describeContracts(contracts)) console.log(line);
  for (const failure of describeFailures(projects)) console.log(failure);
  console.log(`${projects.length} projects with tests, on ${['SQLite', ...servers].join(', ')}`);
  if (!formatted) console.log('formatting differs: npm run format');
  if (!checked) console.log('a check or a test failed: see above');
  for (const server of missed) console.log(`no contract suite passed on ${server}`);
  console.log(`${passed} passed, ${failed} failed`);
  return formatted && checked && missed.length === 0 && failed === 0 && passed > 0;
}

void untilSignal().then((code) => {
  interrupted = code;
  for (const child of running) void child.stop(GRACE_MS);
});
main().then(
  (good) => process.exit(interrupted ?? (good ? 0 : 1)),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(interrupted ?? 1);
  },
);
