import { type Plan } from '@sendback/tools/cluster';
import { clusterForEach } from './cluster-for-each';
import { Crowd } from './crowd';
import { eventually } from './eventually';
import { PushTarget } from './push-target';
import { print } from './report';
import { Storage } from './storage';
import { tableOf } from './table';

jest.setTimeout(120_000);

const CLIENTS = 20;
const PATIENCE_MS = 30_000;
/** Behind those of the gateway's clients, which are hexadecimal. */
const UNREACHED = 'z-behind-an-address-that-refuses';

type Fields = Readonly<Record<string, unknown>>;

describe('what a push address always refuses', () => {
  const cluster = clusterForEach();
  const target = new PushTarget();
  beforeEach(() => target.start());
  afterEach(() => target.stop());

  it('becomes a dead letter, which is listed with its reason and delivered when it is requeued', async () => {
    const { plan } = cluster();
    const crowd = new Crowd(plan.websocket);
    await crowd.gather(CLIENTS);
    const insert = `INSERT INTO ConnectionID_List (ConnectionID, Date, PushAddress) VALUES ('${UNREACHED}', NOW(), '${target.address}')`;
    await new Storage(plan.databaseUrl).rows(insert);

    const accepted = await ask(plan, 'POST', '/broadcasts', { target: { kind: 'all' }, json: MESSAGE });
    const id = String(accepted['broadcastId']);
    const receipt = (): Promise<Fields> => ask(plan, 'GET', `/broadcasts/${id}`);
    await eventually(PATIENCE_MS, 'it is dead', async () => (await deadLetters(plan)).length > 0);
    const [letter, ...others] = await deadLetters(plan);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ broadcastId: id, recipients: 1 });
    expect(letter?.['reason']).toMatch(/^HTTP 403 errNo 203: under repair \(127\.0\.0\.1:\d+\/api-5ec7…\)$/);
    await eventually(PATIENCE_MS, 'the receipt is finished', async () => isFinished(await receipt()));
    const heard = (): number[] => crowd.attendees.map((attendee) => attendee.heard.length);
    await eventually(PATIENCE_MS, 'everybody else has it', () => heard().every((count) => count > 0));
    const before = await receipt();
    expect(before).toMatchObject({ recipients: CLIENTS + 1, delivered: CLIENTS, failed: 1, pending: 0 });

    target.isOutOfOrder = false;
    await ask(plan, 'POST', `/dead-letters/${String(letter?.['id'])}/requeue`);
    await eventually(PATIENCE_MS, 'it is delivered', () => target.taken.length > 0);
    await eventually(PATIENCE_MS, 'the receipt is finished again', async () => isFinished(await receipt()));
    const after = await receipt();
    expect(after).toMatchObject({ recipients: CLIENTS + 1, delivered: CLIENTS + 1, failed: 0, pending: 0 });
    expect(target.taken).toMatchObject([{ secConnectionID: UNREACHED, data: JSON.stringify(MESSAGE) }]);
    expect(heard()).toEqual(Array(CLIENTS).fill(1));
    expect(await deadLetters(plan)).toEqual([]);
    print(['', ...tableOf([shown('dead', before, 1, letter), shown('requeued', after, 0)])]);
    await crowd.leave();
  });
});

/** In the form that clients of the transfer function are given. */
const MESSAGE = { type: 'message', messageId: 'of a backend', from: 'a backend', data: { n: 0 } };

const isFinished = ({ status }: Fields): boolean => status === 'finished';

async function deadLetters(plan: Plan): Promise<readonly Fields[]> {
  return (await ask(plan, 'GET', '/dead-letters'))['deadLetters'] as readonly Fields[];
}

/** Asks the HTTP API. @throws Error when it refuses */
async function ask({ apiUrl, apiToken }: Plan, method: string, path: string, body?: object): Promise<Fields> {
  const response = await fetch(`${apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${apiToken}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
  return JSON.parse(answer) as Fields;
}

function shown(
  when: string,
  { recipients, delivered, failed }: Fields,
  letters: number,
  letter: Fields = {},
): Readonly<Record<string, string | number>> {
  return {
    receipt: when,
    recipients: Number(recipients),
    delivered: Number(delivered),
    failed: Number(failed),
    'dead letters': letters,
    reason: JSON.stringify(letter['reason'] ?? ''),
  };
}
