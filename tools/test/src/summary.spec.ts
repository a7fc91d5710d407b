import { contractsOf, describeContracts, describeFailures, sum, withoutContract } from './summary';

const projects = [
  {
    passed: 5,
    failed: 1,
    suites: { 'Store on SQLite': 2, 'Store on MariaDB 10.11.6': 2, 'a cache': 1 },
    failures: [
      { test: 'cache.spec.ts: a cache forgets', message: `Expected: 1\nReceived: 2\n${'at\n'.repeat(99)}` },
    ],
  },
  { passed: 4, failed: 0, suites: { 'Queue on RabbitMQ 3.10.8': 3, 'something on SQLite': 1 }, failures: [] },
  { passed: 1, failed: 0, suites: { 'Store on SQLite': 1 }, failures: [] },
];

describe('the end of a test run', () => {
  it('adds up what every project counted', () => {
    expect([sum(projects, 'passed'), sum(projects, 'failed')]).toEqual([10, 1]);
  });

  it('names what each port’s contract suite ran on', () => {
    expect(describeContracts(contractsOf(projects))).toEqual([
      '  Queue  RabbitMQ 3.10.8 (3)',
      '  Store  SQLite (3), MariaDB 10.11.6 (2)',
    ]);
  });

  it('names each test that failed, with the first lines of why', () => {
    const [failure = '', ...others] = describeFailures(projects);
    expect(others).toEqual([]);
    expect(failure).toContain('FAILED cache.spec.ts: a cache forgets\n  Expected: 1\n  Received: 2\n');
    expect(failure.split('\n').length).toBeLessThan(30);
  });

  it('knows the servers that nothing was tested on', () => {
    const servers = ['MariaDB 10.11.6', 'MySQL 8.4.1', 'RabbitMQ 3.13.1', 'Redis 8.0'];
    expect(withoutContract(contractsOf(projects), servers)).toEqual(['MySQL 8.4.1', 'Redis 8.0']);
  });
});
