import { parsePayload, type RouteClientMessage } from '@sendback/domain/messaging';
import type { IdSource, Log } from '@sendback/domain/runtime';
import { errorAnswer } from './err-no';
import { connectionIdOf, requestIdOf, traceparentOf, websocketOf } from './scf-event';

/** The transfer function (contract §2). What clients are told goes over the reverse push address. */
export class TransferHandler {
  constructor(
    private readonly routeClientMessage: RouteClientMessage,
    private readonly ids: IdSource,
    private readonly log: Log,
  ) {}

  /** @returns the event itself, as the sample functions do; the gateway ignores it */
  async handle(event: unknown): Promise<unknown> {
    try {
      const websocket = websocketOf(event, 'not found web socket');
      await this.routeClientMessage.execute({
        connectionId: connectionIdOf(websocket),
        messageId: requestIdOf(event) ?? this.ids.uuid(),
        traceparent: traceparentOf(event),
        payload: parsePayload(websocket['dataType'], websocket['data']),
      });
      return event;
    } catch (error) {
      this.log.warn('transfer failed', { requestId: requestIdOf(event), error });
      return errorAnswer(error);
    }
  }
}
