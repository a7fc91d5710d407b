import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { AppProcess } from './support/app-process';
import { Client } from './support/client';
import { eventually } from './support/database';
import { type FunctionEvent, FunctionServer } from './support/function-server';
import type { HostileCase, HostileScene } from './support/hostile-case';
import { exchange } from './support/hostile-exchange';
import { type Figures, figuresOf } from './support/hostile-figures';
import { HOSTILE_FRAMES } from './support/hostile-frames';
import { heldBytes } from './support/hostile-heap';
import { HOSTILE_PUSHES } from './support/hostile-pushes';
import { SeededRandom } from './support/hostile-random';
import { slowCases } from './support/hostile-slow';
import { HOSTILE_UPGRADES } from './support/hostile-upgrades';
import { push } from './support/push';
import { temporaryFolder } from './support/temporary-folder';

const SEED = Number(process.env['HOSTILE_SEED'] ?? 20_261_122);
const ROUNDS = 5;
const CASES_A_ROUND = 2_000;
const AT_ONCE = 64;
const CLIENTS = 5;
const IDLE_MS = 1_500;
const MIB = 1024 * 1024;
/** What JavaScript holds on to may grow by this after the second round: 1 KiB for each of the 6,000 cases that follow. */
const MAX_HELD_MIB = 6;
/** Of memory, from the second and third round to the last two: 8 KiB that stay of each case exceed it. */
const MAX_GROWTH_MIB = 32;
/** Connections to the functions, which are kept for a while as many as were needed at a time. */
const SPARE_DESCRIPTORS = 8;
const API_ID = 'api-0123456789abcdef0123456789abcdef';
const KEY_PAIR = { secretId: 'AKIDshop', secretKey: 'a key of the shop' };
const MAX_MESSAGE_BYTES = 65_536;

interface RegistrationEvent extends FunctionEvent {
  readonly requestContext: FunctionEvent['requestContext'] & { readonly sourceIp: string };
  readonly headers: Readonly<Record<string, string>>;
  readonly queryString: Readonly<Record<string, string>>;
}

interface Measured extends Figures {
  /** On the heap and in buffers, without garbage. */
  readonly heldBytes: number;
}

jest.setTimeout(600_000);

describe(`a gateway and ${ROUNDS * CASES_A_ROUND} hostile requests, frames and pushes, seed ${SEED}`, () => {
  const folder = temporaryFolder();
  let functions: FunctionServer;
  let gateway: AppProcess;
  let inspector: string;
  let websocket: string;
  let origin: string;
  let clients: Client[];
  let scene: HostileScene;
  /** Who was let in: to them cleanup is owed. */
  const admitted: string[] = [];
  const wrongEvents: FunctionEvent[] = [];

  const config = (): string => {
    // JSON is YAML.
    const them = `functions: ${JSON.stringify(functions.settings)}`;
    return `
listen: { host: 127.0.0.1, port: 0, trustProxy: [loopback] }
reversePush: { port: 0 }
database: sqlite:${join(folder(), 'gateway.db')}
compression: true
heartbeat: 10
maxMessageBytes: ${MAX_MESSAGE_BYTES}
apis:
  - { id: ${API_ID}, serviceName: chat, ${them} }
  - { serviceName: shop, path: =/shop, allowedOrigins: ['https://shop.example'], ${them} }
  - { serviceName: rooms, path: '/rooms/{room}', ${them} }
  - { serviceName: brief, path: =/brief, backendTimeout: 5, ${them} }
  - serviceName: signed
    path: =/signed
    auth: { type: keyPair, keys: [{ secretId: ${KEY_PAIR.secretId}, secretKey: ${KEY_PAIR.secretKey} }] }
    ${them}
`;
  };

  beforeEach(async () => {
    functions = await FunctionServer.start();
    functions.behaviour.register = (event, response) => {
      const {
        requestContext,
        headers,
        queryString,
        websocket: { secConnectionID = '' },
      } = event as RegistrationEvent;
      const { 'x-expected-address': expected = requestContext.sourceIp } = headers;
      const isRight = isIP(requestContext.sourceIp) !== 0 && requestContext.sourceIp === expected;
      if (!isRight || !Object.values(event.websocket).every((value) => typeof value === 'string'))
        wrongEvents.push(event);
      if (queryString['refuse'] === '1') response.end('{"errNo":7,"errMsg":"not today"}');
      else {
        admitted.push(secConnectionID);
        response.end('{"errNo":0,"errMsg":"ok"}');
      }
    };
    const file = join(folder(), 'gateway.yaml');
    writeFileSync(file, config());
    gateway = await AppProcess.start(
      'gateway',
      { GATEWAY_CONFIG: file, NODE_OPTIONS: '--inspect=127.0.0.1:0' },
      /"msg":"ready"/,
    );
    inspector = /Debugger listening on (\S+)/.exec(gateway.output)?.[1] ?? '';
    websocket = /"websocket":"([^"]+)"/.exec(gateway.output)?.[1] ?? '';
    ({ origin } = new URL(/"reversePush":"([^"]+)"/.exec(gateway.output)?.[1] ?? ''));
    clients = await Promise.all(Array.from({ length: CLIENTS }, () => Client.open(websocket)));
    scene = {
      apiId: API_ID,
      connectionIds: [...admitted],
      keyPair: KEY_PAIR,
      maxMessageBytes: MAX_MESSAGE_BYTES,
    };
  });
  afterEach(async () => {
    await gateway.stop();
    await functions.stop();
  });

  /** Null for an answer that is documented. */
  const surprise = async (hostile: HostileCase): Promise<string | null> => {
    const port = Number(new URL(hostile.listener === 'public' ? websocket : origin).port);
    const answer = await exchange(port, hostile);
    const { name, answers } = hostile;
    const isDocumented = answers instanceof RegExp ? answers.test(answer) : answers.includes(answer);
    return isDocumented
      ? null
      : `${name}
    answered ${answer || 'nothing'} instead of ${answers.toString()}`;
  };

  /** Once all but the well-behaved clients are gone, and a second later. */
  const quiet = async (): Promise<Measured> => {
    await eventually(async () => {
      const { connections, cleanupsPending } = await figuresOf(origin);
      return connections === CLIENTS && cleanupsPending === 0;
    }, 'the hostile connections are gone and cleaned up');
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const heap = await heldBytes(inspector);
    const figures = await figuresOf(origin);
    return { ...figures, heldBytes: heap + figures.externalBytes };
  };

  /** @returns what is answered otherwise than documented */
  const round = async (cases: Iterator<HostileCase>, expected: Expected): Promise<string[]> => {
    const surprises: string[] = [];
    const worker = async (): Promise<void> => {
      for (let next = cases.next(); !next.done; next = cases.next()) {
        expected.add(next.value);
        const found = await surprise(next.value);
        if (found !== null) surprises.push(found);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return surprises;
  };

  it('answers each as documented, loses and leaks nothing, and goes on as before', async () => {
    const expected = new Expected();
    const random = new SeededRandom(SEED);
    const curve = [await quiet()];
    const slow = round(slowCases(scene).values(), expected);
    const surprises: string[] = [];
    for (let number = 1; number <= ROUNDS; number++) {
      const startedAt = Date.now();
      surprises.push(...(await round(hostileCases(random, scene, number), expected)));
      const tookMs = Date.now() - startedAt;
      if (number === ROUNDS) surprises.push(...(await slow));
      const figures = await quiet();
      curve.push(figures);
      process.stdout.write(`${number}. ${CASES_A_ROUND} cases in ${tookMs} ms: ${shown(figures)}\n`);
    }
    expect(surprises).toEqual([]);
    expectNoLeak(curve);
    expect(gateway.output).not.toContain('"level":"error"');
    expect(wrongEvents).toEqual([]);
    const { transfer, cleanup } = functions.events;
    expect(transfer.map(({ websocket: said }) => textOf(said)).sort()).toEqual(expected.handedOver.sort());
    expect(clients.flatMap(({ received }) => received).sort()).toEqual(expected.delivered.sort());
    const cleaned = cleanup.map(({ websocket: { secConnectionID } }) => secConnectionID);
    expect(cleaned.sort()).toEqual(admitted.filter((id) => !scene.connectionIds.includes(id)).sort());
    process.stdout.write(
      `${admitted.length} let in and cleaned up, ${transfer.length} messages handed over, ${expected.delivered.length} pushed\n`,
    );
    await converse();
  });

  /** From one end to the other. */
  const converse = async (): Promise<void> => {
    const client = await Client.open(websocket);
    client.say('all well?');
    await eventually(
      () => functions.events.transfer.at(-1)?.websocket['data'] === 'all well?',
      'it is handed over',
    );
    const secConnectionID = admitted.at(-1);
    const message = { action: 'data send', secConnectionID, dataType: 'text', data: 'all is well' };
    expect(await push(`${origin}/${API_ID}`, { websocket: message })).toMatchObject({
      status: 200,
      errNo: 0,
    });
    await client.hears('all is well');
    await client.close();
    await eventually(
      () => functions.events.cleanup.at(-1)?.websocket['secConnectionID'] === secConnectionID,
      'cleanup is called',
    );
  };
});

function textOf({ dataType, data = '' }: Readonly<Record<string, string>>): string {
  return dataType === 'binary' ? Buffer.from(data, 'base64').toString() : data;
}

/** What the functions and the well-behaved clients hear because of the hostile cases. */
class Expected {
  readonly handedOver: string[] = [];
  readonly delivered: string[] = [];

  add({ handedOver = [], delivered = [] }: HostileCase): void {
    this.handedOver.push(...handedOver);
    this.delivered.push(...delivered);
  }
}

function* hostileCases(random: SeededRandom, scene: HostileScene, round: number): Generator<HostileCase> {
  for (let n = 0; n < CASES_A_ROUND; n++) {
    const kinds = random.pick([HOSTILE_UPGRADES, HOSTILE_FRAMES, HOSTILE_PUSHES]);
    yield random.pick(kinds)(random, scene, round * CASES_A_ROUND + n);
  }
}

/** What does not leak comes and goes with the garbage: of two rounds the lower one counts. The first one warms up. */
function expectNoLeak(curve: readonly Measured[]): void {
  const [before, , second, third] = curve;
  const [oneButLast, last] = curve.slice(-2);
  if (!before || !second || !third || !oneButLast || !last) throw new Error('too few rounds');
  const resident = (...of: readonly Measured[]): number =>
    Math.min(...of.map(({ residentBytes }) => residentBytes)) / MIB;
  expect(last.startedAt).toBe(before.startedAt);
  expect(last.fileDescriptors).toBeLessThanOrEqual(second.fileDescriptors + SPARE_DESCRIPTORS);
  expect((last.heldBytes - second.heldBytes) / MIB).toBeLessThan(MAX_HELD_MIB);
  expect(resident(oneButLast, last) - resident(second, third)).toBeLessThan(MAX_GROWTH_MIB);
}

function shown({ residentBytes, heldBytes, fileDescriptors, connections }: Measured): string {
  const [resident, heap] = [residentBytes, heldBytes].map((bytes) => `${(bytes / MIB).toFixed(1)} MiB`);
  return `${resident} resident, ${heap} held, ${fileDescriptors} descriptors, ${connections} connections`;
}
