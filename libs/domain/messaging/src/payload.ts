import { DomainError } from '@sendback/domain/runtime';

/** What travels to clients, as the contract writes it (§2, §4): binary data is base64 (RFC 4648 §4, padded). */
export interface Payload {
  readonly dataType: 'text' | 'binary';
  readonly data: string;
}

/** Of one payload in bytes: UTF-8 for text, decoded for binary. */
export const MAX_PAYLOAD_BYTES = 1024 * 1024;

export class BadData extends DomainError {
  readonly code = 'bad_data';
  readonly retryable = false;
}

export class TooLarge extends DomainError {
  readonly code = 'too_large';
  readonly retryable = false;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * @throws BadData naming the field
 * @throws TooLarge past {@link MAX_PAYLOAD_BYTES}
 */
export function parsePayload(dataType: unknown, data: unknown): Payload {
  if (dataType !== 'text' && dataType !== 'binary') throw new BadData('dataType must be "text" or "binary"');
  if (typeof data !== 'string') throw new BadData('data must be a string');
  if (data.length > 2 * MAX_PAYLOAD_BYTES)
    throw new TooLarge(`data must not exceed ${MAX_PAYLOAD_BYTES} bytes`);
  if (dataType === 'binary' && !BASE64.test(data))
    throw new BadData('data must be base64 when dataType is "binary"');
  const payload = { dataType, data } as const;
  if (payloadBytes(payload) > MAX_PAYLOAD_BYTES) {
    throw new TooLarge(`data must not exceed ${MAX_PAYLOAD_BYTES} bytes`);
  }
  return payload;
}

/** The size on the socket, in bytes. */
export function payloadBytes({ dataType, data }: Payload): number {
  return dataType === 'text' ? utf8Bytes(data) : (data.length / 4) * 3 - (/=*$/.exec(data)?.[0].length ?? 0);
}

function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) bytes++;
    if (unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff)) bytes++;
  }
  return bytes;
}
