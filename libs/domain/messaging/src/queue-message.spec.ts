import { decodeQueueMessage, encodeQueueMessage, type QueueMessage } from './queue-message';

const message: QueueMessage = {
  messageId: 'm.0',
  broadcast: {
    broadcastId: 'm',
    target: { kind: 'room', room: 'lobby 🚪', except: 'a' },
    payload: { dataType: 'text', data: 'hi' },
    acceptedAt: 1_700_000_000_000,
    traceparent: null,
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
    [
      'one to a user, with its trace',
      {
        ...message,
        broadcast: {
          ...message.broadcast,
          target: { kind: 'user', userId: 'ann', except: null },
          traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        },
      } satisfies QueueMessage,
    ],
    [
      'one to connections',
      {
        ...message,
        broadcast: {
          ...message.broadcast,
          target: { kind: 'connections', connectionIds: ['a', 'b'], except: null },
        },
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
    [
      'recipients without ids',
      JSON.stringify({ ...message, version: 1, recipients: { pushAddress: null } }),
      'connectionIds',
    ],
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
