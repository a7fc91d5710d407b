import { setTimeout as pause } from 'node:timers/promises';
import { type Part } from '@sendback/tools/cluster';
import { clusterForEach } from './cluster-for-each';
import type { Crowd } from './crowd';
import { eventually } from './eventually';
import type { Said } from './records';
import { print, rowOf } from './report';
import { tableOf } from './table';
import { conduct, FLAWLESS, type Finding, type TrialOptions } from './trial';

jest.setTimeout(300_000);

/** Longer than the leases of lanes, and than a broadcaster gives a push. */
const STANDSTILL_MS = 18_000;
const DOWN_MS = 4_000;
const ANSWER_MS = 5_000;

const undisturbed = { refused: 0, closed: 0 };
const shown: Record<string, string | number>[] = [];

afterAll(() => print(['', ...tableOf(shown)]));

describe('500 clients hear what ten of them say, by way of RabbitMQ,', () => {
  const cluster = clusterForEach();
  const trial = (name: string, options: TrialOptions): Promise<Finding> =>
    tryOut(name, () => conduct(cluster(), options));

  it('while a broadcaster is killed and comes back', async () => {
    const finding = await trial('kill -9 a broadcaster', {
      fault: ({ broadcasters }) => killForAWhile(broadcasters[0]),
    });
    expect(finding).toMatchObject(undisturbed);
  });

  it('while a broadcaster stands still for longer than its lease', async () => {
    const finding = await trial('SIGSTOP a broadcaster', {
      fault: ({ broadcasters }) => pauseForAWhile(broadcasters[0]),
    });
    expect(finding).toMatchObject(undisturbed);
  });

  it('when RabbitMQ is back, and get errors while it is away', async () => {
    let refused: readonly Said[] = [];
    const finding = await trial('restart RabbitMQ', {
      fault: async ({ amqp }, crowd) => {
        await amqp.stop();
        refused = await answeredFromNowOn(crowd, 100);
        await amqp.start();
      },
    });
    const answers = refused.map(({ answer }) => (answer?.acknowledged ? 'acknowledged' : answer?.text));
    expect(new Set(answers)).toEqual(new Set(['queue_unavailable']));
    expect(finding.closed).toBe(0);
  });

  it('while RabbitMQ is killed and comes back', async () => {
    const finding = await trial('kill -9 RabbitMQ', {
      fault: async ({ amqp }) => {
        await amqp.kill();
        await amqp.start();
      },
    });
    expect(finding.closed).toBe(0);
  });

  it('while MariaDB is restarted, and clients come and go', async () => {
    const finding = await trial('restart MariaDB', {
      visitors: true,
      fault: async ({ mysql }) => {
        await mysql.stop();
        await pause(DOWN_MS);
        await mysql.start();
      },
    });
    expect(finding).toMatchObject(undisturbed);
  });

  it('while a function-host is killed and comes back, and clients come and go', async () => {
    const { closeCodes } = await trial('kill -9 a function-host', {
      visitors: true,
      fault: ({ functionHosts }) => killForAWhile(functionHosts[0]),
    });
    expect(closeCodes.filter((code) => code !== FUNCTION_FAILED)).toEqual([]);
  });
});

describe('500 clients hear what ten of them say, by way of tables in MariaDB,', () => {
  const cluster = clusterForEach({ queue: 'database' });
  const trial = (name: string, options: TrialOptions): Promise<Finding> =>
    tryOut(`${name}, no RabbitMQ`, () => conduct(cluster(), options));

  it('while a broadcaster is killed and comes back', async () => {
    const finding = await trial('kill -9 a broadcaster', {
      fault: ({ broadcasters }) => killForAWhile(broadcasters[0]),
    });
    expect(finding).toMatchObject(undisturbed);
  });

  it('while a broadcaster stands still for longer than its lease', async () => {
    const finding = await trial('SIGSTOP a broadcaster', {
      fault: ({ broadcasters }) => pauseForAWhile(broadcasters[0]),
    });
    expect(finding).toMatchObject(undisturbed);
  });

  it('while MariaDB is killed and comes back, and clients come and go', async () => {
    const finding = await trial('kill -9 MariaDB', {
      visitors: true,
      fault: async ({ mysql }) => {
        await mysql.kill();
        await mysql.start();
      },
    });
    expect(finding.closed).toBe(0);
  });
});

describe('500 clients on two gateway nodes hear what ten of them say', () => {
  const cluster = clusterForEach({ gateways: 2 });

  it('while one of the nodes is killed and comes back, but for those whose connections it held', async () => {
    const { closed, closeCodes, refused } = await tryOut('kill -9 a gateway node', () =>
      conduct(cluster(), { fault: ({ gateways }) => killForAWhile(gateways[0]) }),
    );
    expect(refused).toBe(0);
    expect(closed).toBeLessThan(500);
    expect(new Set(closeCodes)).toEqual(new Set([DROPPED]));
  });
});

const DROPPED = 1006;

/** With which the gateway closes a client whose message may or may not have been dealt with. */
const FUNCTION_FAILED = 1011;

async function tryOut(name: string, conductIt: () => Promise<Finding>): Promise<Finding> {
  const finding = await conductIt();
  const row = rowOf(name, finding);
  shown.push(row);
  print(['', ...tableOf([row]), ...finding.examples, ...finding.receiptProblems.slice(0, 5)]);
  expect(finding).toMatchObject(FLAWLESS);
  expect(new Set(finding.exitCodes)).toEqual(new Set([0]));
  expect(finding.slowestAnswerMs).toBeLessThan(ANSWER_MS);
  return finding;
}

async function killForAWhile(part: Part | undefined): Promise<void> {
  await part?.kill();
  await pause(DOWN_MS);
  await part?.start();
}

async function pauseForAWhile(part: Part | undefined): Promise<void> {
  part?.pause();
  await pause(STANDSTILL_MS);
  part?.resume();
}

/** Waits for so many answers to broadcasts that are sent from now on, and resolves to those. */
async function answeredFromNowOn(crowd: Crowd, count: number): Promise<readonly Said[]> {
  const since = performance.now();
  const answered = (): Said[] =>
    crowd.attendees.flatMap(({ said }) => said.filter(({ sentAt, answer }) => sentAt > since && answer));
  await eventually(30_000, `${count} broadcasts are answered`, () => answered().length >= count);
  return answered();
}
