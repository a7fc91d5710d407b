import { CloseCode, type Gateway, type LiveApi } from '@sendback/domain/gateway';
import type { Metrics, Samples } from './metrics';

/** Further ones are made up by clients. */
const CLOSE_CODES = new Set<number>(Object.values(CloseCode));

/** Shows what the gateway counts: connections and traffic of each API, which is called `/STAGE/PATH`. */
export function watchGateway({ apis }: Pick<Gateway, 'apis'>, metrics: Metrics): void {
  const of = (figure: (live: LiveApi) => number) => (): Samples<'api'> =>
    apis.map((live) => ({ labels: { api: nameOf(live) }, value: figure(live) }));
  const by =
    <L extends string>(label: L, figures: (live: LiveApi) => Iterable<readonly [string, number]>) =>
    (): Samples<'api' | L> =>
      apis.flatMap((live) =>
        Array.from(figures(live), ([key, value]) => ({
          labels: { api: nameOf(live), [label]: key } as Record<'api' | L, string>,
          value,
        })),
      );

  metrics.gauge(
    {
      name: 'sendback_gateway_connections',
      help: 'Connections, those included that are being admitted',
      labelNames: ['api'],
    },
    of(({ sessions }) => sessions.size),
  );
  metrics.gauge(
    {
      name: 'sendback_gateway_cleanups_pending',
      help: 'Connections that ended, whose cleanup was not answered yet',
      labelNames: ['api'],
    },
    of(({ cleanups }) => cleanups.pending),
  );
  metrics.total(
    {
      name: 'sendback_gateway_connects_total',
      help: 'Clients that wanted to connect, by outcome: admitted, refused, unavailable, forbidden (its origin), unauthorized, full, failed',
      labelNames: ['api', 'outcome'],
    },
    by('outcome', ({ traffic }) => Object.entries(traffic.connects)),
  );
  metrics.total(
    {
      name: 'sendback_gateway_closes_total',
      help: 'Connections that ended, by close code',
      labelNames: ['api', 'code'],
    },
    by('code', ({ traffic }) => knownCodes(traffic.closes)),
  );
  metrics.total(
    {
      name: 'sendback_gateway_messages_total',
      help: 'Messages of clients that were handed over (in), and messages that clients were given (out)',
      labelNames: ['api', 'direction'],
    },
    by('direction', ({ traffic: { received, sent } }) => [
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
    by('direction', ({ traffic: { received, sent } }) => [
      ['in', received.bytes],
      ['out', sent.bytes],
    ]),
  );
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
