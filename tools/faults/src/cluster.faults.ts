import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './eventually';
import { print, rowOf } from './report';
import { tableOf } from './table';
import { startTopology, type Topology } from './topology';
import { conduct, FLAWLESS, type Finding, type TrialOptions } from './trial';

const CASE_MS = 300_000;
/** Longer than the leases of lanes, and than a broadcaster gives a push. */
const STANDSTILL_MS = 18_000;
const DOWN_MS = 4_000;

const undisturbed = { refused: 0, closed: 0 };

const killABroadcaster: TrialOptions = {
  fault: async ({ broadcasters: [first] }) => {
    await first.kill();
    await sleep(DOWN_MS);
    await first.start();
  },
};

const pauseABroadcaster: TrialOptions = {
  fault: async ({ broadcasters: [first] }) => {
    first.pause();
    await sleep(STANDSTILL_MS);
    first.resume();
  },
};

const killRabbitMq: TrialOptions = {
  fault: async ({ amqp }) => {
    await amqp.kill();
    await amqp.start();
  },
};

const restartMariaDb: TrialOptions = {
  visitors: true,
  fault: async ({ mysql }) => {
    await mysql.stop();
    await sleep(DOWN_MS);
    await mysql.start();
  },
};

const killMariaDb: TrialOptions = {
  visitors: true,
  fault: async ({ mysql }) => {
    await mysql.kill();
    await mysql.start();
  },
};

const killAFunctionHost: TrialOptions = {
  visitors: true,
  fault: async ({ functionHosts: [first] }) => {
    await first.kill();
    await sleep(DOWN_MS);
    await first.start();
  },
};

const findings: Record<string, string | number>[] = [];
let topology: Topology;

afterEach(() => topology.remove(), CASE_MS);
afterAll(() => print(tableOf(findings)));

async function trial(name: string, options: TrialOptions): Promise<Finding> {
  const finding = await conduct(topology, options);
  const row = rowOf(name, finding);
  findings.push(row);
  print([...tableOf([row]), ...finding.examples, ...finding.receiptProblems.slice(0, 5)]);
  expect(finding).toMatchObject(FLAWLESS);
  expect(finding.slowestAnswerMs).toBeLessThan(5_000);
  return finding;
}

describe('500 clients hear what ten of them say, by way of RabbitMQ', () => {
  beforeEach(async () => {
    topology = await startTopology('amqp');
  }, CASE_MS);

  it(
    'while a broadcaster is killed and comes back',
    async () => {
      expect(await trial('kill -9 a broadcaster', killABroadcaster)).toMatchObject(undisturbed);
    },
    CASE_MS,
  );

  it(
    'while a broadcaster stands still for longer than its lease',
    async () => {
      expect(await trial('SIGSTOP a broadcaster', pauseABroadcaster)).toMatchObject(undisturbed);
    },
    CASE_MS,
  );

  it(
    'when RabbitMQ is back, and get an error for everything while it is away',
    async () => {
      let [downAt, upAt] = [0, 0];
      let answers: readonly { acknowledged: boolean; text: string }[] = [];
      const finding = await trial('restart RabbitMQ', {
        fault: async ({ amqp }, crowd) => {
          await amqp.stop();
          downAt = performance.now();
          const answersSince = () =>
            crowd.attendees
              .flatMap(({ said }) => said)
              .flatMap(({ sentAt, answer }) => (sentAt > downAt && answer ? [answer] : []));
          await eventually(30_000, 'everybody was refused', () => answersSince().length >= 100);
          answers = answersSince();
          upAt = performance.now();
          await amqp.start();
        },
      });
      print([
        `RabbitMQ was away for ${Math.round(upAt - downAt)} ms, ${answers.length} broadcasts refused meanwhile`,
      ]);
      expect(
        new Set(answers.map(({ acknowledged, text }) => (acknowledged ? 'acknowledged' : text))),
      ).toEqual(new Set(['queue_unavailable']));
      expect(finding.closed).toBe(0);
    },
    CASE_MS,
  );

  it(
    'while RabbitMQ is killed and comes back',
    async () => {
      expect(await trial('kill -9 RabbitMQ', killRabbitMq)).toMatchObject({ closed: 0 });
    },
    CASE_MS,
  );

  it(
    'while MariaDB is restarted, and clients come and go',
    async () => {
      expect(await trial('restart MariaDB', restartMariaDb)).toMatchObject(undisturbed);
    },
    CASE_MS,
  );

  it(
    'while a function-host is killed and comes back, and clients come and go',
    async () => {
      const { closeCodes } = await trial('kill -9 a function-host', killAFunctionHost);
      expect([1011]).toEqual(expect.arrayContaining([...closeCodes]));
    },
    CASE_MS,
  );
});

describe('500 clients hear what ten of them say, by way of tables in MariaDB', () => {
  beforeEach(async () => {
    topology = await startTopology('database');
  }, CASE_MS);

  it(
    'while a broadcaster is killed and comes back',
    async () => {
      expect(await trial('kill -9 a broadcaster (database:)', killABroadcaster)).toMatchObject(undisturbed);
    },
    CASE_MS,
  );

  it(
    'while a broadcaster stands still for longer than its lease',
    async () => {
      expect(await trial('SIGSTOP a broadcaster (database:)', pauseABroadcaster)).toMatchObject(undisturbed);
    },
    CASE_MS,
  );

  it(
    'while MariaDB is killed and comes back, and clients come and go',
    async () => {
      expect(await trial('kill -9 MariaDB (database:)', killMariaDb)).toMatchObject({ closed: 0 });
    },
    CASE_MS,
  );
});
