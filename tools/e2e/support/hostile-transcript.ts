const CLOSE = 8;
const PING = 9;
const PONG = 10;

/**
 * What the gateway answers on one connection, in words: `400 102` for an HTTP answer and its `errNo` (`200 {}` where the
 * body has none, `-` where there is no body), `close 1002`, `pong`, `text`, parted by ` | `; at the end `cut` when a
 * WebSocket was not closed with a frame. Equal ones in a row count as one, pings not at all.
 */
export class Transcript {
  private rest = Buffer.alloc(0);
  private readonly said: string[] = [];
  private isWebSocket = false;

  get isUpgraded(): boolean {
    return this.isWebSocket;
  }

  get isClosed(): boolean {
    return this.said.at(-1)?.startsWith('close') === true;
  }

  get text(): string {
    return this.said.join(' | ');
  }

  add(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk]);
    while (this.isWebSocket ? this.readFrame() : this.readAnswer());
  }

  /** Nothing more will come. */
  end(): void {
    if (!this.isWebSocket && this.rest.length > 0)
      this.say(`${/^HTTP\S+ (\d+)/.exec(String(this.rest))?.[1] ?? '?'} -`);
    if (this.isWebSocket && !this.isClosed) this.say('cut');
  }

  private readAnswer(): boolean {
    const headLength = this.rest.indexOf('\r\n\r\n') + 4;
    if (headLength < 4) return false;
    const head = this.rest.toString('latin1', 0, headLength);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    const isInterim = status < 200;
    const length = isInterim ? 0 : Number(/\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1] ?? 0);
    if (this.rest.length < headLength + length) return false;
    const body = this.rest.toString('utf8', headLength, headLength + length);
    this.rest = this.rest.subarray(headLength + length);
    this.isWebSocket = status === 101;
    this.say(isInterim ? String(status) : `${status} ${errNoIn(head, body)}`);
    return true;
  }

  private readFrame(): boolean {
    const [first = 0, second = 0] = this.rest;
    const header = second < 126 ? 2 : second === 126 ? 4 : 10;
    if (this.rest.length < header) return false;
    const length =
      header === 2 ? second : header === 4 ? this.rest.readUInt16BE(2) : this.rest.readUIntBE(4, 6);
    if (this.rest.length < header + length) return false;
    const payload = this.rest.subarray(header, header + length);
    this.rest = this.rest.subarray(header + length);
    const opcode = first & 15;
    if (opcode === CLOSE) this.say(`close ${length < 2 ? 'without code' : payload.readUInt16BE()}`);
    else if (opcode !== PING) this.say(opcode === PONG ? 'pong' : 'message');
    return true;
  }

  private say(what: string): void {
    if (this.said.at(-1) !== what) this.said.push(what);
  }
}

/** Every answer is JSON with a number and a reason, except where something was asked for and is given. */
function errNoIn(head: string, body: string): string {
  if (body === '') return '-';
  if (!/\r\ncontent-type: (application\/json|text\/plain)/i.test(head)) return 'no JSON';
  try {
    const { errNo, errMsg } = JSON.parse(body) as Readonly<Record<string, unknown>>;
    if (errNo === undefined) return '{}';
    return typeof errNo === 'number' && typeof errMsg === 'string' ? String(errNo) : 'no reason';
  } catch {
    return /^# HELP/.test(body) ? '{}' : 'no JSON';
  }
}
