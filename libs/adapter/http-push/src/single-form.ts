import type { PushMessage } from '@sendback/domain/messaging';
import { singleOutcome } from './answers';
import { forEach } from './for-each';
import type { PushCall } from './push-call';

interface Tail {
  readonly json: Buffer;
  readonly except: string | undefined;
  readonly traceparent: string | undefined;
}

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
  const tails = messages.map(({ messageId, payload: { dataType, data }, except, traceparent }) => ({
    json: Buffer.from(`,${JSON.stringify({ dataType, data, messageId }).slice(1)}}`),
    except,
    traceparent,
  }));
  return postSingly(call, 'data send', connectionIds, tails, concurrency);
}

/** One POST for each connection, which closes it. */
export function closeSingly(
  call: PushCall,
  connectionIds: readonly string[],
  concurrency: number,
): Promise<void> {
  const tail = { json: Buffer.from('}}'), except: undefined, traceparent: undefined };
  return postSingly(call, 'closing', connectionIds, [tail], concurrency);
}

function postSingly(
  call: PushCall,
  action: string,
  connectionIds: readonly string[],
  tails: readonly Tail[],
  concurrency: number,
): Promise<void> {
  return forEach(connectionIds, concurrency, async (connectionId) => {
    const head = Buffer.from(
      `{"websocket":${JSON.stringify({ action, secConnectionID: connectionId }).slice(0, -1)}`,
    );
    for (const { json, except, traceparent } of tails) {
      if (except === connectionId) continue;
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
