import type { FunctionContext } from '@sendback/domain/gateway';
import type { Log } from '@sendback/domain/runtime';
import type { Call } from './call';
import { Channel, type Reply } from './channel';
import { Prints } from './prints';
import { type Command, ProcessGroup } from './process-group';

/** What SCF gives an environment to be set up, about. */
const MAX_START_MS = 60_000;

export interface ProcessOwner {
  /** The process can take a call. */
  free(process: FunctionProcess): void;
  /** It is gone, and the call that it ran has failed. `useless`: by itself, without a call, and none was answered before. */
  ended(process: FunctionProcess, reason: string, useless: boolean): void;
}

/** A process that loads a function and runs one call at a time. What it prints is logged under its latest call. */
export class FunctionProcess {
  /** Has not loaded the file yet. */
  starting = true;
  /** Takes no further call. */
  leaving = false;
  /** At least once. */
  answered = false;
  private readonly group: ProcessGroup;
  private readonly channel: Channel | undefined;
  private readonly prints: readonly Prints[];
  private readonly startTimer: NodeJS.Timeout;
  private call: Call | null = null;
  /** It was to end. */
  private told = false;
  private requestId: string | undefined;
  private failure: string | undefined;

  constructor(
    private readonly name: string,
    command: Command,
    private readonly owner: ProcessOwner,
    private readonly log: Log,
  ) {
    this.group = new ProcessGroup(command);
    const { channel, outputs } = this.group;
    this.channel = channel && new Channel(channel, this);
    this.prints = outputs.map((output) => {
      const prints = new Prints(this);
      output.on('data', (piece: Buffer) => prints.add(piece));
      return prints;
    });
    const tooLong = `was not loaded within ${MAX_START_MS / 1_000} s`;
    this.startTimer = setTimeout(() => this.kill(tooLong), MAX_START_MS);
    void this.group.gone.then((how) => this.gone(how));
  }

  /** Only when it is free. */
  run(call: Call, context: FunctionContext): void {
    this.call = call;
    this.requestId = call.requestId;
    this.channel?.send({ event: call.event, context, remainingMs: call.deadline - performance.now() });
  }

  /** Ends it at once, and the call that it runs. */
  kill(reason: string): void {
    this.leaving = true;
    this.failure ??= reason;
    this.group.kill();
  }

  /** Ends it as soon as it runs nothing. */
  retire(): void {
    this.leaving = true;
    if (!this.call) void this.end();
  }

  /** Resolves when it is gone, which takes at most a few seconds. */
  end(): Promise<void> {
    this.leaving = this.told = true;
    return this.group.end();
  }

  reply({ ready, value, failed, trace }: Reply): void {
    const { call } = this;
    if (failed !== undefined) this.report(failed, trace);
    if (this.starting) {
      if (ready === true) this.loaded();
      else this.kill(`cannot be loaded: ${failed ?? 'it answered before it was ready'}`);
    } else if (call) {
      this.call = null;
      this.answered = true;
      if (failed === undefined) call.answer(value ?? null);
      else call.fail(`threw ${failed}`);
      // What it printed during the call is read in this turn of the event loop: only then comes the next one.
      setImmediate(() => this.freed());
    } else this.kill('answered without a call');
  }

  garbled(reason: string): void {
    this.kill(reason);
  }

  line(text: string): void {
    this.log.info('a function printed', { function: this.name, requestId: this.requestId, text });
  }

  leftOut(lines: number): void {
    const fields = { function: this.name, requestId: this.requestId, lines };
    this.log.warn('a function printed more than is logged', fields);
  }

  private loaded(): void {
    this.starting = false;
    clearTimeout(this.startTimer);
    this.freed();
  }

  private freed(): void {
    for (const prints of this.prints) prints.end();
    if (this.leaving) void this.end();
    else this.owner.free(this);
  }

  private report(failed: string, trace = failed): void {
    const message = this.starting ? 'a function cannot be loaded' : 'a function threw';
    const error = Object.assign(new Error(failed), { stack: trace });
    this.log.error(message, { function: this.name, requestId: this.requestId, error });
  }

  private gone(how: string): void {
    clearTimeout(this.startTimer);
    this.leaving = true;
    for (const prints of this.prints) prints.end();
    if (this.failure === undefined && !this.told) {
      this.log.error('a process of a function is gone', {
        function: this.name,
        requestId: this.requestId,
        how,
      });
    }
    this.call?.fail(this.failure ?? `failed: its process ${how}`);
    const useless = !this.answered && !this.told && this.call === null;
    this.owner.ended(this, this.failure ?? how, useless);
  }
}
