import { type LogFields, parseTraceparent } from '@sendback/domain/runtime';

/** What names an event in the log. The event may be anything: what does not look like a name is left out. */
export function namesOf(event: unknown): LogFields {
  const requestContext = memberOf(event, 'requestContext');
  const requestId = nameIn(requestContext, 'requestId');
  const connectionId = nameIn(memberOf(event, 'websocket'), 'secConnectionID');
  const traceparent = parseTraceparent(memberOf(requestContext, 'traceparent'));
  return {
    ...(requestId && { requestId }),
    ...(connectionId && { connectionId }),
    ...(traceparent && { traceparent }),
  };
}

function nameIn(value: unknown, key: string): string | null {
  const name = memberOf(value, key);
  return typeof name === 'string' && /^[\x21-\x7e]{1,100}$/.test(name) ? name : null;
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
