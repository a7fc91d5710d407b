// eslint-disable-next-line @nx/enforce-module-boundaries -- a tool has no alias
import { type Cluster } from '../../cluster/src/cluster';
import { Crowd } from './crowd';
import { eventually, within } from './eventually';
import { Storage } from './storage';
import { countQueued } from './queued';
import { auditReceipts, judge, type Verdict } from './verdict';

const CLIENTS = 500;
const SPEAKERS = 10;
const SPEAK_EVERY_MS = 150;
const VISITORS = 5;
const VISIT_MS = 700;
/** What every speaker says before things go wrong, and again once they are right, is acknowledged so often. */
const ACKNOWLEDGED_EACH = 12;
const ANSWER_MS = 90_000;
const SETTLE_MS = 90_000;

export interface Finding extends Verdict {
  /** With which connections ended, but for those whose clients left. */
  readonly closeCodes: readonly number[];
  /** What receipts say otherwise than clients. */
  readonly receiptProblems: readonly string[];
  readonly receipts: number;
  /** Rows of the list of connections without an open client, and open clients without a row. */
  readonly staleRows: number;
  readonly missingRows: number;
  readonly deadLetters: number;
  /** Left after every client had gone. */
  readonly rowsAfterwards: number;
  readonly sessionsAfterwards: number;
  /** With which every process ended at SIGTERM. */
  readonly exitCodes: readonly (number | null)[];
  /** Messages on lanes, delayed or on their way to the dead letters, when nobody served them any more. */
  readonly queuedAfterwards: number;
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
  exitCodes: [0, 0, 0, 0, 0, 0],
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
  await within(ANSWER_MS, () => crowd.open.every(({ waiting }) => waiting === 0));
  await within(SETTLE_MS, async () => {
    if (judge(crowd.attendees, faultAt).lost > 0) return false;
    return auditReceipts(crowd.attendees, await storage.receipts()).length === 0;
  });
  const openIds = (): string[] => crowd.open.map(({ id }) => id).sort();
  await within(SETTLE_MS, async () => sameIds(await storage.connectionIds(), openIds()));
  const [receipts, rows] = [await storage.receipts(), await storage.connectionIds()];
  const open = new Set(openIds());
  const finding = {
    ...judge(crowd.attendees, faultAt),
    closeCodes: crowd.attendees.flatMap(({ closeCode, hasLeft }) =>
      closeCode === null || hasLeft ? [] : [closeCode],
    ),
    receiptProblems: auditReceipts(crowd.attendees, receipts),
    receipts: receipts.length,
    staleRows: rows.filter((id) => !open.has(id)).length,
    missingRows: open.size - rows.filter((id) => open.has(id)).length,
    deadLetters: await storage.count('BroadcastDeadLetter'),
  };
  await crowd.leave();
  await within(SETTLE_MS, async () => (await storage.count('ConnectionID_List')) === 0);
  await within(SETTLE_MS, async () => (await storage.count('GatewaySession')) === 0);
  const left = {
    rowsAfterwards: await storage.count('ConnectionID_List'),
    sessionsAfterwards: await storage.count('GatewaySession'),
  };
  return { ...finding, ...left, ...(await stopServing(cluster, storage)) };
}

/** What broadcasters have in hand nobody can count while they run. */
async function stopServing(
  { broadcasters, plan, stop }: Cluster,
  storage: Storage,
): Promise<Pick<Finding, 'exitCodes' | 'queuedAfterwards'>> {
  const codes = await Promise.all(broadcasters.map((broadcaster) => broadcaster.stop()));
  const queuedAfterwards = await countQueued(plan.broadcasters[0]?.env['QUEUE_URL'] ?? '', storage);
  const others = Object.entries(await stop()).filter(([name]) => !name.startsWith('broadcaster'));
  return { queuedAfterwards, exitCodes: [...codes, ...others.map(([, code]) => code)] };
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

function sameIds(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}
