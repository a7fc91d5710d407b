import { type Clock, type IdSource, type Log, parseTraceparent } from '@sendback/domain/runtime';
import type { Api } from './api';
import type { ClientMessage } from './client-socket.port';
import type { TransferEvent } from './events';
import { FunctionFailed } from './function-invoker.port';
import { sleep } from './stoppable-clock';

/** Further attempts where the function certainly did not start, and the wait before the first, doubled each time. */
const RETRIES = 3;
const FIRST_WAIT_MS = 100;

export interface Sender {
  readonly connectionId: string;
  readonly sourceIp: string;
}

/** Hands messages of an API's clients to its transfer function. */
export class HandOver {
  constructor(
    private readonly api: Api,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly log: Log,
  ) {}

  /** False when the function failed or ran out of time, after what could be retried was retried. Never throws. */
  async execute(sender: Sender, message: ClientMessage): Promise<boolean> {
    const { invoker, timeoutMs } = this.api.functions.transfer;
    const event = this.event(sender, message);
    for (let attempt = 0; ; attempt++) {
      try {
        await invoker.invoke(event, timeoutMs);
        return true;
      } catch (error) {
        if (!isRetryable(error) || attempt === RETRIES) {
          this.report(event, error);
          return false;
        }
        await sleep(this.clock, FIRST_WAIT_MS * 2 ** attempt);
      }
    }
  }

  private event({ connectionId, sourceIp }: Sender, { dataType, data }: ClientMessage): TransferEvent {
    const { stage, path } = this.api;
    const traceparent = dataType === 'text' ? traceparentIn(data) : null;
    return {
      requestContext: {
        requestId: this.ids.uuid(),
        stage,
        path,
        sourceIp,
        ...(traceparent !== null && { traceparent }),
      },
      websocket: { action: 'data send', secConnectionID: connectionId, dataType, data },
    };
  }

  private report(
    { requestContext: { requestId, traceparent }, websocket }: TransferEvent,
    error: unknown,
  ): void {
    this.log.warn('the transfer function failed', {
      connectionId: websocket.secConnectionID,
      requestId,
      traceparent,
      error,
    });
  }
}

/** Read without parsing: what the client says is otherwise none of the gateway's business. */
function traceparentIn(text: string): string | null {
  return parseTraceparent(/"traceparent"\s*:\s*"([^"]{55})"/.exec(text)?.[1]);
}

function isRetryable(error: unknown): boolean {
  return error instanceof FunctionFailed && error.retryable;
}
