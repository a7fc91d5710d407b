import type { IncomingMessage } from 'node:http';
import type { ConnectRequest } from '@sendback/domain/gateway';
import { type Answer, Answers } from './answers';

type Headers = Readonly<Record<string, string>>;

const KEY = /^[+/0-9A-Za-z]{22}==$/;
const PROTOCOLS = /^[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*$/;

/** The path as it was sent, and the query with repeated names joined by commas. */
export function splitUrl(url = '/'): { path: string; queryString: Record<string, string> } {
  const [path = '/', query = ''] = url.split(/\?(.*)/s, 2);
  const queryString = joined(new URLSearchParams(query), () => ',');
  return { path, queryString };
}

/**
 * All headers that were sent. Those that may come once are joined as well when they come twice, and so are no valid ones any
 * more: where others on the way took the first, or the last, nobody shall be let in on the other.
 */
export function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const pairs = rawHeaders.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? '']] : [],
  );
  return joined(pairs, (name) => (name === 'cookie' ? '; ' : ', '));
}

/**
 * What makes it doubtful where a request ends, or to whom it is sent (RFC 9112 §3.2, §6), if anything: what comes after the
 * headers of an upgrade are frames.
 */
export function framingProblem({ rawHeaders }: IncomingMessage, headers: Headers): Answer | null {
  const hosts = rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host');
  if (hosts.length !== 1) return Answers.badHost;
  const hasBody = 'transfer-encoding' in headers || (headers['content-length'] ?? '0') !== '0';
  return hasBody ? Answers.bodyOfUpgrade : null;
}

/** What keeps a request from being an upgrade to WebSocket (RFC 6455 §4.2.1), if anything. */
export function handshakeProblem({ method, httpVersion }: IncomingMessage, headers: Headers): Answer | null {
  const { upgrade, 'sec-websocket-key': key, 'sec-websocket-version': version } = headers;
  if (method !== 'GET' || httpVersion !== '1.1') return Answers.upgradeRequired;
  if (upgrade?.toLowerCase() !== 'websocket') return Answers.upgradeRequired;
  if (key === undefined) return Answers.noKey;
  if (version === undefined) return Answers.noVersion;
  if (version !== '13') return Answers.badVersion;
  if (!KEY.test(key)) return Answers.badKey;
  return PROTOCOLS.test(headers['sec-websocket-protocol'] ?? 'none') ? null : Answers.badProtocol;
}

/** The request as contract §1 tells it. */
export function connectRequest(
  sourceIp: string,
  headers: Headers,
  queryString: Readonly<Record<string, string>>,
): ConnectRequest {
  const { 'sec-websocket-protocol': protocol, 'sec-websocket-extensions': extensions } = headers;
  return {
    sourceIp,
    headers,
    queryString,
    ...(protocol === undefined ? {} : { secWebSocketProtocol: protocol }),
    ...(extensions === undefined ? {} : { secWebSocketExtensions: extensions }),
  };
}

/** An object of its own names only, `__proto__` among them. */
function joined(
  pairs: Iterable<[string, string]>,
  separatorOf: (name: string) => string,
): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of pairs) {
    const earlier = values.get(name);
    values.set(name, earlier === undefined ? value : `${earlier}${separatorOf(name)}${value}`);
  }
  return Object.fromEntries(values);
}
