const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * A W3C trace context (`traceparent`), which is passed on as it came from hop to hop. Null when it is missing or
 * malformed: a trace is never a reason to refuse anything.
 */
export function parseTraceparent(value: unknown): string | null {
  return typeof value === 'string' && TRACEPARENT.test(value) ? value : null;
}
