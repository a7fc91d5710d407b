import { BadConnectionId, parseConnectionId } from '@sendback/domain/connection';

/** Of the lists that are remembered, as they were written. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Shorter lists are read faster than they are found. */
const MIN_BYTES = 1_024;
/** Lists that begin alike and are as long take one another's place. */
const BEGINNING = 64;

const KEY = Buffer.from('"secConnectionIDs"');
const WHITESPACE = [...Buffer.from(' \t\r\n')];
const [COLON, OPEN, CLOSE] = Buffer.from(':[]');

/** Where a list of ids stands in the JSON of a push: from its bracket to behind the other one. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Null when there is no list, a short one, or more than one. What it finds may be none: brackets are not looked into. */
export function findIdList(json: Buffer): Span | null {
  const key = json.indexOf(KEY);
  if (key < 0) return null;
  const colon = afterWhitespace(json, key + KEY.length);
  const from = afterWhitespace(json, colon + 1);
  if (json[colon] !== COLON || json[from] !== OPEN) return null;
  const to = json.indexOf(CLOSE ?? 0, from) + 1;
  return to - from < MIN_BYTES || json.includes(KEY, to) ? null : { from, to };
}

function afterWhitespace(json: Buffer, at: number): number {
  let next = at;
  while (WHITESPACE.includes(json[next] ?? 0)) next++;
  return next;
}

interface KnownList {
  readonly json: Buffer;
  readonly ids: readonly string[];
}

/** Lists of connection ids by what they look like: who broadcasts sends the same one again and again. */
export class IdLists {
  /** The one that was used last is the last. */
  private readonly known = new Map<string, KnownList>();
  private bytes = 0;

  /**
   * Reads a list, or remembers that it did: the same bytes give the same array.
   * @returns null when it is no JSON, or not of connection ids
   */
  read(json: Buffer): readonly string[] | null {
    const key = `${json.length} ${json.toString('latin1', 0, BEGINNING)}`;
    const known = this.known.get(key);
    const ids = known?.json.equals(json) ? known.ids : parseIds(json);
    if (known) this.forget(key, known);
    if (ids && json.length <= MAX_BYTES)
      this.remember(key, known?.ids === ids ? known : { json: Buffer.from(json), ids });
    return ids;
  }

  private remember(key: string, list: KnownList): void {
    this.known.set(key, list);
    this.bytes += list.json.length;
    for (const [oldest, { json }] of this.known) {
      if (this.bytes <= MAX_BYTES) return;
      this.known.delete(oldest);
      this.bytes -= json.length;
    }
  }

  private forget(key: string, { json }: KnownList): void {
    this.known.delete(key);
    this.bytes -= json.length;
  }
}

function parseIds(json: Buffer): readonly string[] | null {
  try {
    const list = JSON.parse(json.toString()) as readonly unknown[];
    return list.map((id) => parseConnectionId(id, ''));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof BadConnectionId) return null;
    throw error;
  }
}
