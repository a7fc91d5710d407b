import { randomUUID } from 'node:crypto';
import { BadConnectionId, parseConnectionId } from '@sendback/domain/connection';
import { BadPush, type OutgoingMessage, type Push } from '@sendback/domain/gateway';
import { Answers, ErrNo, Refusal } from './answers';
import { encodeFrame } from './frame';
import { findIdList, type IdLists, type Span } from './id-lists';

export const MAX_CONNECTIONS = 10_000;
export const MAX_MESSAGES = 256;
const MAX_ID_LENGTH = 200;
/** Stands in the place of a list of ids that is read by itself; nobody can have written it there. */
const PLACE = randomUUID();

/** Header of a push that another node handed on, with the tag of the node that it means. */
export const FORWARDED_TO = 'x-sendback-node';

/** A reverse push (contract §4). */
export interface PushRequest extends Push {
  /** Whether ids came as a list, which is answered with lists. */
  readonly batch: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * @param lists those that came before: such a one is not read again, and is the same array
 * @throws Refusal naming the field
 */
export function parsePushRequest(body: Buffer, lists: IdLists): PushRequest {
  const span = findIdList(body);
  const ids = span && lists.read(body.subarray(span.from, span.to));
  return (ids && readWithout(span, ids, body)) ?? readPush(parseJson(body.toString()));
}

/** Reads the rest around a list of ids. @returns null when the list is not the push's own */
function readWithout({ from, to }: Span, ids: readonly string[], body: Buffer): PushRequest | null {
  const rest = parseJson(`${body.toString('utf8', 0, from)}"${PLACE}"${body.toString('utf8', to)}`);
  const websocket = isFields(rest) ? rest['websocket'] : null;
  if (!isFields(websocket) || websocket['secConnectionIDs'] !== PLACE) return null;
  return readPush({ websocket: { ...websocket, secConnectionIDs: ids } }, ids);
}

/**
 * A push that came as parsed JSON: what an integration response says (contract §5).
 * @throws BadPush naming the field
 */
export function parsePush(body: unknown): Push {
  try {
    return readPush(body);
  } catch (error) {
    if (error instanceof Refusal) throw new BadPush(error.message);
    throw error;
  }
}

/** @param validIds a list that needs no second look */
function readPush(body: unknown, validIds: readonly string[] | null = null): PushRequest {
  if (!isFields(body)) throw new Refusal({ ...Answers.badRequest, errMsg: 'the body must be a JSON object' });
  const { websocket } = body;
  if (!isFields(websocket)) throw bad(ErrNo.noWebsocket, 'not found websocket');
  const { action } = websocket;
  if (action !== 'data send' && action !== 'closing') {
    throw bad(ErrNo.unknownAction, 'websocket.action must be "data send" or "closing"');
  }
  const batch = websocket['secConnectionIDs'] !== undefined;
  return {
    connectionIds: batch
      ? idsOf(websocket, validIds)
      : [idOf(websocket['secConnectionID'], 'websocket.secConnectionID')],
    batch,
    messages: action === 'closing' ? null : messagesOf(websocket),
  };
}

function idsOf(
  { secConnectionIDs: ids, secConnectionID }: Fields,
  validIds: readonly string[] | null,
): readonly string[] {
  if (secConnectionID !== undefined) {
    throw bad(ErrNo.badConnectionId, 'give either websocket.secConnectionID or websocket.secConnectionIDs');
  }
  if (!Array.isArray(ids)) throw bad(ErrNo.badConnectionId, 'websocket.secConnectionIDs must be a list');
  if (ids.length > MAX_CONNECTIONS) {
    throw tooLarge(`websocket.secConnectionIDs must not hold more than ${MAX_CONNECTIONS}`);
  }
  if (ids === validIds) return validIds;
  return ids.map((id: unknown) => idOf(id, 'each of websocket.secConnectionIDs'));
}

function idOf(value: unknown, field: string): string {
  try {
    return parseConnectionId(value, field);
  } catch (error) {
    if (error instanceof BadConnectionId) throw bad(ErrNo.badConnectionId, error.message);
    throw error;
  }
}

function messagesOf(websocket: Fields): readonly OutgoingMessage[] {
  const { messages, dataType, data } = websocket;
  if (messages === undefined) return [messageOf(websocket, 'websocket', 'messageId', null)];
  if (dataType !== undefined || data !== undefined) {
    throw bad(ErrNo.badData, 'give either websocket.messages or websocket.dataType and data');
  }
  if (!Array.isArray(messages) || messages.length === 0) {
    throw bad(ErrNo.badData, 'websocket.messages must be a list of at least one');
  }
  if (messages.length > MAX_MESSAGES)
    throw tooLarge(`websocket.messages must not hold more than ${MAX_MESSAGES}`);
  return messages.map((message: unknown, i) => {
    const field = `websocket.messages[${i}]`;
    if (!isFields(message)) throw bad(ErrNo.badData, `${field} must be an object`);
    return messageOf(message, field, 'id', exceptOf(message, field));
  });
}

function messageOf(
  fields: Fields,
  field: string,
  idField: 'id' | 'messageId',
  except: string | null,
): OutgoingMessage {
  const { dataType, data } = fields;
  const id = fields[idField] ?? null;
  if (dataType !== 'text' && dataType !== 'binary') {
    throw bad(ErrNo.badData, `${field}.dataType must be "text" or "binary"`);
  }
  if (typeof data !== 'string') throw bad(ErrNo.badData, `${field}.data must be a string`);
  const frame = encodeFrame(dataType, data);
  if (!frame) throw bad(ErrNo.badData, `${field}.data must be base64 when dataType is "binary"`);
  if (id !== null && (typeof id !== 'string' || id === '' || id.length > MAX_ID_LENGTH)) {
    throw bad(ErrNo.badData, `${field}.${idField} must be a string of 1 to ${MAX_ID_LENGTH} characters`);
  }
  return { id, frame, except };
}

function exceptOf({ except }: Fields, field: string): string | null {
  return except === undefined || except === null ? null : idOf(except, `${field}.except`);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal({ ...Answers.badRequest, errMsg: 'the body must be JSON' });
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(errNo: number, errMsg: string): Refusal {
  return new Refusal({ status: 400, errNo, errMsg });
}

export function tooLarge(errMsg: string): Refusal {
  return new Refusal({ status: 413, errNo: ErrNo.tooLarge, errMsg });
}
