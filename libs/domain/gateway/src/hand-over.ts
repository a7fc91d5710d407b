import { type Clock, DomainError, type IdSource, type Log, parseTraceparent } from '@sendback/domain/runtime';
import type { Api } from './api';
import type { ClientMessage } from './client-socket.port';
import type { DeliverPush, Push } from './deliver-push';
import type { TransferEvent } from './events';
import { FunctionFailed } from './function-invoker.port';
import type { LiveApi } from './live-api';
import { BadPush, type ParsePush } from './parse-push';
import { sleep } from './stoppable-clock';
import type { Tenancy } from './tenancy';

/** Further attempts where the function certainly did not start, and the wait before the first, doubled each time. */
const RETRIES = 3;
const FIRST_WAIT_MS = 100;

export interface Sender {
  readonly connectionId: string;
  readonly sourceIp: string;
}

/** Hands messages of clients to the transfer function of their API, and carries out what it answers (contract §2, §5). */
export class HandOver {
  constructor(
    private readonly deliverPush: DeliverPush,
    private readonly parsePush: ParsePush,
    private readonly tenancy: Pick<Tenancy, 'isHeld' | 'isDoubtful' | 'confirm'>,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly log: Log,
  ) {}

  /**
   * False when the function failed or ran out of time, after what could be retried was retried, or when its integration
   * response was none, and when this node does not own its sessions any more. Never throws.
   */
  async execute(live: LiveApi, sender: Sender, message: ClientMessage): Promise<boolean> {
    if (this.tenancy.isDoubtful) await this.tenancy.confirm();
    if (!this.tenancy.isHeld) return false;
    const event = this.event(live.api, sender, message);
    try {
      const answer = await this.invoke(live.api, event);
      if (live.api.integrationResponse && answer !== null) {
        await this.carryOut(live, this.parsePush(answer), event);
      }
      return true;
    } catch (error) {
      this.report(problemIn(error), event, error);
      return false;
    }
  }

  private async invoke({ functions }: Api, event: TransferEvent): Promise<unknown> {
    const { invoker, timeoutMs } = functions.transfer;
    for (let attempt = 0; ; attempt++) {
      try {
        return await invoker.invoke(event, timeoutMs);
      } catch (error) {
        if (!isRetryable(error) || attempt === RETRIES) throw error;
        await sleep(this.clock, FIRST_WAIT_MS * 2 ** attempt);
      }
    }
  }

  /** That a connection is gone, slow or on a node that does not answer is no failure of the function. */
  private async carryOut(live: LiveApi, push: Push, event: TransferEvent): Promise<void> {
    try {
      await this.deliverPush.execute(live, push);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      this.report('an integration response did not reach another node', event, error);
    }
  }

  private event(
    { stage, path }: Api,
    { connectionId, sourceIp }: Sender,
    { dataType, data }: ClientMessage,
  ): TransferEvent {
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
    message: string,
    { requestContext: { requestId, traceparent }, websocket }: TransferEvent,
    error: unknown,
  ): void {
    this.log.warn(message, {
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

function problemIn(error: unknown): string {
  return error instanceof BadPush
    ? 'an integration response is no reverse push'
    : 'the transfer function failed';
}

function isRetryable(error: unknown): boolean {
  return error instanceof FunctionFailed && error.retryable;
}
