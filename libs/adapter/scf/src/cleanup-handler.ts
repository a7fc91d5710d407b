import type { CloseConnection } from '@sendback/domain/connection';
import { DomainError, type Log } from '@sendback/domain/runtime';
import { errorAnswer } from './err-no';
import { connectionIdOf, requestIdOf, websocketOf } from './scf-event';

/** The cleanup function (contract §3). */
export class CleanupHandler {
  constructor(
    private readonly closeConnection: CloseConnection,
    private readonly log: Log,
  ) {}

  /**
   * @returns the event itself, as the sample functions do
   * @throws StorageUnavailable: only a failed invocation makes the gateway call cleanup again
   */
  async handle(event: unknown): Promise<unknown> {
    try {
      await this.closeConnection.execute(connectionIdOf(websocketOf(event, 'not found web socket')));
      return event;
    } catch (error) {
      this.log.warn('cleanup failed', { requestId: requestIdOf(event), error });
      if (error instanceof DomainError && error.retryable) throw error;
      return errorAnswer(error);
    }
  }
}
