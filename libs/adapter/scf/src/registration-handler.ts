import type { OpenConnection } from '@sendback/domain/connection';
import type { Log } from '@sendback/domain/runtime';
import { type ErrorAnswer, errorAnswer } from './err-no';
import { connectionIdOf, connectRequestOf, requestContextOf, requestIdOf, websocketOf } from './scf-event';

/** Contract §1, function → gateway. */
export interface RegistrationAnswer {
  readonly errNo: 0;
  readonly errMsg: 'ok';
  readonly websocket: {
    readonly action: 'connecting';
    readonly secConnectionID: string;
    readonly secWebSocketProtocol?: string;
    readonly secWebSocketExtensions?: string;
  };
}

/** The registration function: a connection is accepted once it is recorded, and never before. */
export class RegistrationHandler {
  constructor(
    private readonly openConnection: OpenConnection,
    private readonly log: Log,
  ) {}

  async handle(event: unknown): Promise<RegistrationAnswer | ErrorAnswer> {
    try {
      requestContextOf(event);
      const websocket = websocketOf(event, 'not found websocket');
      const connectionId = connectionIdOf(websocket);
      await this.openConnection.execute(connectRequestOf(event, connectionId));
      return accepted(connectionId, websocket);
    } catch (error) {
      this.log.warn('registration refused', { requestId: requestIdOf(event), error });
      return errorAnswer(error);
    }
  }
}

/**
 * Of the sub-protocols on offer the first is chosen; of the extensions none is asked for, as in every sample function:
 * negotiating them is the gateway's. Each key is there only when the client sent its header.
 */
function accepted(secConnectionID: string, websocket: Readonly<Record<string, unknown>>): RegistrationAnswer {
  const { secWebSocketProtocol: protocols, secWebSocketExtensions: extensions } = websocket;
  return {
    errNo: 0,
    errMsg: 'ok',
    websocket: {
      action: 'connecting',
      secConnectionID,
      ...(typeof protocols === 'string' && {
        secWebSocketProtocol: protocols.split(',', 1)[0]?.trim() ?? '',
      }),
      ...(typeof extensions === 'string' && { secWebSocketExtensions: '' }),
    },
  };
}
