import { CloseCode, type Gateway, type LiveApi, type Session } from '@sendback/domain/gateway';
import type { Metrics, Samples } from './metrics';

/** Further ones are made up by clients. */
const CLOSE_CODES = new Set<number>(Object.values(CloseCode));

type Apis = readonly LiveApi[];

/** Shows what the gateway counts: its lease, connections and traffic of each API, which is called `/STAGE/PATH`. */
export function watchGateway(gateway: Pick<Gateway, 'apis' | 'leaseAgeMs'>, metrics: Metrics): void {
  watchLease(gateway, metrics);
  watchConnections(gateway.apis, metrics);
  watchAdmissions(gateway.apis, metrics);
  watchTraffic(gateway.apis, metrics);
}

function watchLease(gateway: Pick<Gateway, 'leaseAgeMs'>, metrics: Metrics): void {
  metrics.gauge(
    {
      name: 'sendback_gateway_lease_age_seconds',
      help: 'Since the ledger last confirmed that the connections are this node’s; none before the start and after the end',
      labelNames: [],
    },
    () => {
      const { leaseAgeMs } = gateway;
      return leaseAgeMs === null ? [] : [{ labels: {}, value: leaseAgeMs / 1_000 }];
    },
  );
}

function watchConnections(apis: Apis, metrics: Metrics): void {
  metrics.gauge(
    {
      name: 'sendback_gateway_connections',
      help: 'Connections, those included that are being admitted',
      labelNames: ['api'],
    },
    of(apis, ({ sessions }) => sessions.size),
  );
  metrics.gauge(
    {
      name: 'sendback_gateway_buffered_bytes',
      help: 'Bytes on their way to clients that have not read them yet',
      labelNames: ['api'],
    },
    of(apis, ({ sessions }) => buffered(sessions.values())),
  );
  metrics.gauge(
    {
      name: 'sendback_gateway_cleanups_pending',
      help: 'Connections that ended, whose cleanup was not answered yet',
      labelNames: ['api'],
    },
    of(apis, ({ cleanups }) => cleanups.pending),
  );
}

function watchAdmissions(apis: Apis, metrics: Metrics): void {
  metrics.total(
    {
      name: 'sendback_gateway_connects_total',
      help: 'Clients that wanted to connect, by outcome: admitted, refused, unavailable, forbidden (its origin), unauthorized, full, failed',
      labelNames: ['api', 'outcome'],
    },
    by(apis, 'outcome', ({ traffic }) => Object.entries(traffic.connects)),
  );
  metrics.total(
    {
      name: 'sendback_gateway_closes_total',
      help: 'Connections that ended, by close code',
      labelNames: ['api', 'code'],
    },
    by(apis, 'code', ({ traffic }) => knownCodes(traffic.closes)),
  );
}

function watchTraffic(apis: Apis, metrics: Metrics): void {
  metrics.total(
    {
      name: 'sendback_gateway_push_recipients_total',
      help: 'Connections that pushes to this node were for, wherever they are, by outcome: delivered, gone, slow',
      labelNames: ['api', 'outcome'],
    },
    by(apis, 'outcome', ({ traffic }) => Object.entries(traffic.recipients)),
  );
  metrics.total(
    {
      name: 'sendback_gateway_messages_total',
      help: 'Messages of clients that were handed over (in), and messages that clients were given (out)',
      labelNames: ['api', 'direction'],
    },
    by(apis, 'direction', ({ traffic: { received, sent } }) => [
      ['in', received.messages],
      ['out', sent.messages],
    ]),
  );
  metrics.total(
    {
      name: 'sendback_gateway_message_bytes_total',
      help: 'The same in bytes',
      labelNames: ['api', 'direction'],
    },
    by(apis, 'direction', ({ traffic: { received, sent } }) => [
      ['in', received.bytes],
      ['out', sent.bytes],
    ]),
  );
}

function of(apis: Apis, figure: (live: LiveApi) => number): () => Samples<'api'> {
  return () => apis.map((live) => ({ labels: { api: nameOf(live) }, value: figure(live) }));
}

function by<L extends string>(
  apis: Apis,
  label: L,
  figures: (live: LiveApi) => Iterable<readonly [string, number]>,
): () => Samples<'api' | L> {
  return () =>
    apis.flatMap((live) =>
      Array.from(figures(live), ([key, value]) => ({
        labels: { api: nameOf(live), [label]: key } as Record<'api' | L, string>,
        value,
      })),
    );
}

function buffered(sessions: Iterable<Session>): number {
  let bytes = 0;
  for (const { backlog } of sessions) bytes += backlog;
  return bytes;
}

const nameOf = ({ api: { stage, path } }: LiveApi): string => `/${stage}${path}`;

function knownCodes(closes: ReadonlyMap<number, number>): ReadonlyMap<string, number> {
  const known = new Map<string, number>();
  for (const [code, count] of closes) {
    const name = CLOSE_CODES.has(code) ? String(code) : 'other';
    known.set(name, (known.get(name) ?? 0) + count);
  }
  return known;
}
