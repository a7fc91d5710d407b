import type { PushMessage } from '@sendback/domain/messaging';
import { singleOutcome } from './answers';
import { forEach } from './for-each';
import type { PushCall } from './push-call';

/**
 * One POST for each connection and message (contract §4, the form that the cloud knows): in order for a connection,
 * which is given none of the rest once one was not delivered.
 * @param concurrency connections that are served at a time
 */
export function pushSingly(
  call: PushCall,
  connectionIds: readonly string[],
  messages: readonly PushMessage[],
  concurrency: number,
): Promise<void> {
  const tails = messages.map(({ messageId, payload: { dataType, data }, traceparent }) => ({
    json: Buffer.from(`,${JSON.stringify({ dataType, data, messageId }).slice(1)}}`),
    traceparent,
  }));
  return forEach(connectionIds, concurrency, async (connectionId) => {
    const head = Buffer.from(
      `{"websocket":${JSON.stringify({ action: 'data send', secConnectionID: connectionId }).slice(0, -1)}`,
    );
    for (const { json, traceparent } of tails) {
      const answer = await call.post({ parts: [head, json], traceparent });
      const outcome = 'reason' in answer ? answer : singleOutcome(answer, call.address);
      if (outcome === 'delivered') continue;
      if (outcome === 'gone') call.addGone(connectionId);
      else if (outcome === 'slow') call.addSlow(connectionId);
      else call.addFailed([connectionId], outcome);
      return;
    }
  });
}
