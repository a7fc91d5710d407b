import { contractsOf, describeContracts, sum, withoutContract } from './summary';

const projects = [
  { passed: 5, failed: 1, suites: { 'Store on SQLite': 2, 'Store on MariaDB 10.11.6': 2, 'a cache': 1 } },
  { passed: 4, failed: 0, suites: { 'Queue on RabbitMQ 3.10.8': 3, 'something on SQLite': 1 } },
  { passed: 1, failed: 0, suites: { 'Store on SQLite': 1 } },
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

  it('knows the servers that nothing was tested on', () => {
    const servers = ['MariaDB 10.11.6', 'MySQL 8.4.1', 'RabbitMQ 3.13.1', 'Redis 8.0'];
    expect(withoutContract(contractsOf(projects), servers)).toEqual(['MySQL 8.4.1', 'Redis 8.0']);
  });
});
