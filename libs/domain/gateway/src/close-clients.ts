import { CloseCode } from './close-code';
import type { Session } from './session';

/** Reverse push of `closing` (contract §4): what was pushed before still arrives. Gives the ids that are gone. */
export class CloseClients {
  execute(sessions: readonly Session[]): readonly string[] {
    const gone = sessions.filter(({ isReachable }) => !isReachable);
    for (const session of sessions) session.close(CloseCode.closedByApplication, 'closed by the application');
    return gone.map(({ connectionId }) => connectionId);
  }
}
