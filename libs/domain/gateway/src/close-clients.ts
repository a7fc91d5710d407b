import { CloseCode } from './close-code';
import type { LiveApi } from './live-api';

/** Reverse push of `closing` (contract §4): what was pushed before still arrives. Gives the ids that are gone. */
export class CloseClients {
  execute({ sessions }: LiveApi, connectionIds: readonly string[]): readonly string[] {
    return connectionIds.filter((id) => {
      const session = sessions.get(id);
      if (!session?.isReachable) return true;
      session.close(CloseCode.closedByApplication, 'closed by the application');
      return false;
    });
  }
}
