import { StringDecoder } from 'node:string_decoder';

const MAX_LINE = 4_096;
const LINES_PER_SECOND = 200;

export interface PrintsListener {
  line(text: string): void;
  /** So many lines were left out since the last time. */
  leftOut(lines: number): void;
}

/**
 * What a function prints, line by line. All of it is read, so that the function is never held up; of a line the first
 * 4,096 characters are kept, and of a second the first 200 lines.
 */
export class Prints {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';
  private second = 0;
  private linesInSecond = 0;
  private omitted = 0;

  constructor(private readonly listener: PrintsListener) {}

  add(piece: Buffer): void {
    const [first = '', ...others] = this.decoder.write(piece).split('\n');
    this.extend(first);
    for (const text of others) {
      this.endLine();
      this.extend(text);
    }
  }

  /** The call is over: what it began is a line too. */
  end(): void {
    this.endLine();
    this.report();
  }

  private report(): void {
    if (this.omitted > 0) this.listener.leftOut(this.omitted);
    this.omitted = 0;
  }

  private extend(text: string): void {
    if (this.rest.length <= MAX_LINE) this.rest += text.slice(0, MAX_LINE + 1 - this.rest.length);
  }

  private endLine(): void {
    const line = this.rest.trimEnd();
    this.rest = '';
    if (line === '') return;
    if (!this.mayWrite()) this.omitted++;
    else this.listener.line(line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line);
  }

  private mayWrite(): boolean {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.second) {
      this.second = second;
      this.linesInSecond = 0;
      this.report();
    }
    return ++this.linesInSecond <= LINES_PER_SECOND;
  }
}
