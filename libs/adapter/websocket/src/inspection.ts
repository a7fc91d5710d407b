import type { LiveApi, Session } from '@sendback/domain/gateway';
import { type Answer, Answers, ErrNo, Refusal } from './answers';
import { firstIds } from './first-ids';

const MAX_LIMIT = 1_000;
const DEFAULT_LIMIT = 100;
const MAX_AFTER_LENGTH = 50;
const GONE: Answer = { status: 404, errNo: ErrNo.gone, errMsg: 'connection gone' };

type Query = Readonly<Record<string, unknown>>;

export interface ConnectionPage {
  /** Whose connections these are, by its name on the ledger: other nodes have others. Null before the gateway starts. */
  readonly node: string | null;
  /** All that this node has of the API, those included that are being admitted or closed. */
  readonly count: number;
  /** In the order of their ids. */
  readonly connections: readonly object[];
  /** The `after` of the next page, null at the end. */
  readonly next: string | null;
}

/**
 * A page of an API's connections. Whoever pages through sees each that stays open meanwhile once.
 * @throws Refusal naming the query parameter
 */
export function listConnections(
  { sessions, clock }: LiveApi,
  node: string | null,
  query: Query,
): ConnectionPage {
  const { limit, after } = parseQuery(query);
  const ids = firstIds(sessions.keys(), after, limit + 1);
  const page = ids.slice(0, limit);
  const now = clock.now();
  const connections = page.flatMap((id) => sessions.get(id) ?? []).map((session) => describe(session, now));
  return { node, count: sessions.size, connections, next: (ids.length > limit && page.at(-1)) || null };
}

/** @throws Refusal when this node does not have the connection */
export function showConnection(
  { sessions, clock }: LiveApi,
  node: string | null,
  connectionId: string,
): object {
  const session = sessions.get(connectionId);
  if (!session) throw new Refusal(GONE);
  return { node, ...describe(session, clock.now()) };
}

function describe(session: Session, now: number): object {
  const details = session.details(now);
  return { ...details, openedAt: new Date(details.openedAt).toISOString() };
}

function parseQuery(query: Query): { limit: number; after: string } {
  const { limit = String(DEFAULT_LIMIT), after = '', ...others } = query;
  if (Object.keys(others).length > 0) throw bad('there are no query parameters but limit and after');
  if (typeof limit !== 'string' || !/^[1-9][0-9]{0,3}$/.test(limit) || Number(limit) > MAX_LIMIT) {
    throw bad(`limit must be a number from 1 to ${MAX_LIMIT}`);
  }
  if (typeof after !== 'string' || after.length > MAX_AFTER_LENGTH)
    throw bad('after must be a connection id');
  return { limit: Number(limit), after };
}

function bad(errMsg: string): Refusal {
  return new Refusal({ ...Answers.badRequest, errMsg });
}
