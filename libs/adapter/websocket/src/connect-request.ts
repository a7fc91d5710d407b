import type { IncomingMessage } from 'node:http';
import type { ConnectRequest } from '@sendback/domain/gateway';
import { type Answer, Answers } from './answers';

const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** The path as it was sent, and the query with repeated names joined by commas. */
export function splitUrl(url = '/'): { path: string; queryString: Record<string, string> } {
  const [path = '/', query = ''] = url.split(/\?(.*)/s, 2);
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const earlier = values.get(name);
    values.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return { path, queryString: Object.fromEntries(values) };
}

/** What keeps a request from being an upgrade to WebSocket (RFC 6455 §4.2.1), if anything. */
export function handshakeProblem({ method, headers }: IncomingMessage): Answer | null {
  const key = headers['sec-websocket-key'];
  const version = headers['sec-websocket-version'];
  if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') return Answers.upgradeRequired;
  if (key === undefined || version === undefined) return Answers.noKey;
  if (version !== '13') return Answers.badVersion;
  return KEY.test(key) ? null : Answers.badKey;
}

/** The request as contract §1 tells it. */
export function connectRequest(
  { headers, socket }: IncomingMessage,
  queryString: Readonly<Record<string, string>>,
): ConnectRequest {
  const protocol = headers['sec-websocket-protocol'];
  const extensions = headers['sec-websocket-extensions'];
  return {
    sourceIp: (socket.remoteAddress ?? '').replace(/^::ffff:(?=[\d.]+$)/i, ''),
    headers: joined(headers),
    queryString,
    ...(protocol === undefined ? {} : { secWebSocketProtocol: protocol }),
    ...(extensions === undefined ? {} : { secWebSocketExtensions: extensions }),
  };
}

function joined(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
