import { decodeQueueMessage, encodeQueueMessage, type QueueMessage } from './queue-message';

const message: QueueMessage = {
  messageId: 'm.0',
  broadcast: {
    broadcastId: 'm',
    target: { kind: 'room', room: 'lobby 🚪', except: 'a' },
    payload: { dataType: 'text', data: 'hi' },
    acceptedAt: 1_700_000_000_000,
  },
  attempt: 1,
  recipients: { pushAddress: null, connectionIds: ['b', 'c'] },
};

describe('a queue message', () => {
  it.each([
    ['a retry to a room', message],
    [
      'a first attempt to all',
      {
        ...message,
        attempt: 0,
        recipients: null,
        broadcast: { ...message.broadcast, target: { kind: 'all', except: null } },
      } satisfies QueueMessage,
    ],
  ])('comes back from its body: %s', (_, original) => {
    expect(decodeQueueMessage(encodeQueueMessage(original))).toEqual(original);
  });

  it.each([
    ['no JSON', 'hello', 'JSON'],
    ['JSON that is no object', 'null', 'message'],
    ['another version', JSON.stringify({ ...message, version: 2 }), 'version'],
    ['no version', JSON.stringify(message), 'version'],
    ['no broadcast', JSON.stringify({ ...message, version: 1, broadcast: undefined }), 'broadcast'],
    ['a negative attempt', JSON.stringify({ ...message, version: 1, attempt: -1 }), 'attempt'],
    ['recipients without ids', JSON.stringify({ ...message, version: 1, recipients: {} }), 'connectionIds'],
    [
      'an unknown kind of target',
      JSON.stringify({
        ...message,
        version: 1,
        broadcast: { ...message.broadcast, target: { kind: 'x', except: null } },
      }),
      'target.kind',
    ],
  ])('says what is wrong with a body that has %s', (_, body, named) => {
    expect(() => decodeQueueMessage(body)).toThrow(named);
    expect(() => decodeQueueMessage(body)).toThrow(expect.objectContaining({ code: 'malformed_message' }));
  });
});
