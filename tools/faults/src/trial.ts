import { type Cluster } from '@sendback/tools/cluster';
import { auditReceipts } from './audit';
import { Crowd } from './crowd';
import { eventually, within } from './eventually';
import { Storage } from './storage';
import { countQueued } from './queued';
import { judge, type Verdict } from './verdict';

const CLIENTS = 500;
const SPEAKERS = 10;
const SPEAK_EVERY_MS = 150;
const VISITORS = 5;
const VISIT_MS = 700;
/** What every speaker says before things go wrong, and again once they are right, is acknowledged so often. */
const ACKNOWLEDGED_EACH = 12;
const ANSWER_MS = 90_000;
const SETTLE_MS = 90_000;

interface LeftBehind {
  readonly rowsAfterwards: number;
  readonly sessionsAfterwards: number;
}

interface Served {
  /** With which every process ended at SIGTERM. */
  readonly exitCodes: readonly (number | null)[];
  /** Messages on lanes, delayed or on their way to the dead letters, when nobody served them any more. */
  readonly queuedAfterwards: number;
}

export interface Finding extends Verdict, LeftBehind, Served {
  /** With which connections ended, but for those whose clients left. */
  readonly closeCodes: readonly number[];
  /** What receipts say otherwise than clients. */
  readonly receiptProblems: readonly string[];
  readonly receipts: number;
  /** In the list of connections, without an open client. */
  readonly staleRows: number;
  /** Open clients without a row. */
  readonly missingRows: number;
  readonly deadLetters: number;
}

/** What has to come out of every trial. */
export const FLAWLESS = {
  lost: 0,
  duplicated: 0,
  outOfOrder: 0,
  unanswered: 0,
  receiptProblems: [],
  staleRows: 0,
  missingRows: 0,
  deadLetters: 0,
  rowsAfterwards: 0,
  sessionsAfterwards: 0,
  queuedAfterwards: 0,
} satisfies Partial<Finding>;

export interface TrialOptions {
  /** Makes things go wrong and resolves when they have been put right, as far as anybody has to do that. */
  readonly fault: (cluster: Cluster, crowd: Crowd) => Promise<void>;
  /** Whether clients come and go meanwhile. */
  readonly visitors?: boolean;
}

/** Lets 500 clients hear what some of them say while something goes wrong, and looks at what became of all that. */
export async function conduct(cluster: Cluster, { fault, visitors = false }: TrialOptions): Promise<Finding> {
  const crowd = new Crowd(cluster.plan.websocket);
  const storage = new Storage(cluster.plan.databaseUrl);
  await crowd.gather(CLIENTS);
  await eventually(ANSWER_MS, 'everybody knows its id', () => crowd.attendees.every(({ id }) => id !== ''));
  crowd.talk(SPEAKERS, SPEAK_EVERY_MS);
  if (visitors) crowd.visit(VISITORS, VISIT_MS);
  await acknowledgedAgain(crowd);
  const faultAt = performance.now();
  await fault(cluster, crowd);
  await acknowledgedAgain(crowd);
  await crowd.silence();
  await quiet(crowd, storage);
  const found = await inspect(crowd, storage, faultAt);
  await crowd.leave();
  return { ...found, ...(await leftBehind(storage)), ...(await stopServing(cluster, storage)) };
}

/** Waits until everybody who speaks has been heard a few times more. */
async function acknowledgedAgain(crowd: Crowd): Promise<void> {
  const since = performance.now();
  await eventually(ANSWER_MS, 'broadcasts are acknowledged', () => {
    const counts = crowd.open
      .filter(({ said }) => said.length > 0)
      .map(({ said }) => said.filter((one) => one.sentAt > since && one.answer?.acknowledged).length);
    return counts.length >= SPEAKERS && counts.every((count) => count >= ACKNOWLEDGED_EACH);
  });
}

/** Waits until everything has come about that should; what did not by then is in what is found. */
async function quiet(crowd: Crowd, storage: Storage): Promise<void> {
  await within(ANSWER_MS, () => crowd.open.every(({ waiting }) => waiting === 0));
  await within(SETTLE_MS, async () => {
    if (judge(crowd.attendees, 0).lost > 0) return false;
    return auditReceipts(crowd.attendees, await storage.receipts()).length === 0;
  });
  await within(SETTLE_MS, async () => {
    const { staleRows, missingRows } = await compareRows(crowd, storage);
    return staleRows + missingRows === 0;
  });
}

async function inspect(
  crowd: Crowd,
  storage: Storage,
  faultAt: number,
): Promise<Omit<Finding, keyof LeftBehind | keyof Served>> {
  const receipts = await storage.receipts();
  return {
    ...judge(crowd.attendees, faultAt),
    ...(await compareRows(crowd, storage)),
    closeCodes: crowd.attendees.flatMap(({ closeCode, hasLeft }) =>
      closeCode === null || hasLeft ? [] : [closeCode],
    ),
    receiptProblems: auditReceipts(crowd.attendees, receipts),
    receipts: receipts.length,
    deadLetters: await storage.count('BroadcastDeadLetter'),
  };
}

async function compareRows(
  crowd: Crowd,
  storage: Storage,
): Promise<Pick<Finding, 'staleRows' | 'missingRows'>> {
  const rows = await storage.connectionIds();
  const open = new Set(crowd.open.map(({ id }) => id));
  const staleRows = rows.filter((id) => !open.has(id)).length;
  return { staleRows, missingRows: open.size - (rows.length - staleRows) };
}

/** When every client has gone. */
async function leftBehind(storage: Storage): Promise<LeftBehind> {
  const tables = ['ConnectionID_List', 'GatewaySession'];
  const counts = (): Promise<number[]> => Promise.all(tables.map((table) => storage.count(table)));
  await within(SETTLE_MS, async () => (await counts()).every((count) => count === 0));
  const [rowsAfterwards = 0, sessionsAfterwards = 0] = await counts();
  return { rowsAfterwards, sessionsAfterwards };
}

/** What broadcasters have in hand nobody can count while they run. */
async function stopServing({ broadcasters, plan, stop }: Cluster, storage: Storage): Promise<Served> {
  const codes = await Promise.all(broadcasters.map((broadcaster) => broadcaster.stop()));
  const queuedAfterwards = await countQueued(plan.broadcasters[0]?.env['QUEUE_URL'] ?? '', storage);
  const others = Object.entries(await stop()).filter(([name]) => !name.startsWith('broadcaster'));
  return { queuedAfterwards, exitCodes: [...codes, ...others.map(([, code]) => code)] };
}
