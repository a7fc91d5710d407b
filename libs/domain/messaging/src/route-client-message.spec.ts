import { MemoryConnectionStore } from '@sendback/domain/connection/testing';
import { ManualClock, MemoryLog } from '@sendback/domain/runtime/testing';
import { AcceptBroadcast } from './accept-broadcast';
import { BroadcastAction } from './actions/broadcast-action';
import { JoinAction } from './actions/join-action';
import { LeaveAction } from './actions/leave-action';
import { OnlineAction } from './actions/online-action';
import { PublishAction } from './actions/publish-action';
import { SendAction } from './actions/send-action';
import { WhoamiAction } from './actions/whoami-action';
import type { Broadcast } from './broadcast';
import { MemoryBroadcastQueue } from './broadcast-queue.memory';
import { QueueUnavailable } from './broadcast-queue.port';
import { MemoryDeadLetterStore } from './dead-letter-store.memory';
import { MAX_PAYLOAD_BYTES, type Payload } from './payload';
import { MemoryPusher } from './pusher.memory';
import { RouteClientMessage } from './route-client-message';

describe('RouteClientMessage', () => {
  let store: MemoryConnectionStore;
  let pusher: MemoryPusher;
  let queue: MemoryBroadcastQueue;
  let published: Broadcast[];
  let route: RouteClientMessage;
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

  beforeEach(async () => {
    const clock = new ManualClock();
    store = new MemoryConnectionStore();
    pusher = new MemoryPusher();
    queue = new MemoryBroadcastQueue(1, clock, new MemoryDeadLetterStore());
    published = [];
    jest.spyOn(queue, 'publish').mockImplementation(async (broadcast) => void published.push(broadcast));
    const broadcasts = new AcceptBroadcast(queue, clock);
    const actions = [
      new BroadcastAction(broadcasts),
      new SendAction(store, pusher),
      new JoinAction(store),
      new LeaveAction(store),
      new PublishAction(broadcasts),
      new WhoamiAction(),
      new OnlineAction(store),
    ];
    route = new RouteClientMessage(actions, broadcasts, pusher, new MemoryLog());
    for (const connectionId of ['ann', 'bob'])
      await store.add({ connectionId, pushAddress: null, userId: null, openedAt: 0 });
  });

  const say = (payload: Payload, messageId = 'm1'): Promise<void> =>
    route.execute({ connectionId: 'ann', messageId, traceparent, payload });
  const ask = async (request: unknown, messageId?: string): Promise<unknown> => {
    await say({ dataType: 'text', data: JSON.stringify(request) }, messageId);
    return heard('ann').at(-1);
  };
  const heard = (id: string): unknown[] => pusher.received(id).map(({ data }) => JSON.parse(data) as unknown);

  it.each<[string, Payload]>([
    ['plain text', { dataType: 'text', data: 'hello' }],
    ['an empty text', { dataType: 'text', data: '' }],
    ['JSON without an action', { dataType: 'text', data: '{"hello":1}' }],
    ['an action that is no string', { dataType: 'text', data: '{"action":7}' }],
    ['a JSON array', { dataType: 'text', data: '[{"action":"broadcast"}]' }],
    ['broken JSON', { dataType: 'text', data: '{"action":"broadcast"' }],
    ['binary', { dataType: 'binary', data: 'AAEC/w==' }],
  ])('passes on %s to every other connection as it came, without a reply', async (_, payload) => {
    await say(payload);
    expect(published).toMatchObject([
      { broadcastId: 'm1', target: { kind: 'all', except: 'ann' }, payload, traceparent },
    ]);
    expect(heard('ann')).toEqual([]);
  });

  it('broadcasts data to every other connection and acknowledges with the message id', async () => {
    expect(await ask({ action: 'broadcast', data: { x: 1 }, id: 5 })).toEqual({
      type: 'ack',
      action: 'broadcast',
      id: 5,
      messageId: 'm1',
    });
    expect(published[0]?.target).toEqual({ kind: 'all', except: 'ann' });
    expect(JSON.parse(published[0]?.payload.data ?? '')).toEqual({
      type: 'message',
      from: 'ann',
      data: { x: 1 },
      messageId: 'm1',
    });
  });

  it('publishes to a room, its sender left out', async () => {
    expect(await ask({ action: 'publish', room: 'lobby', data: 'hi' })).toMatchObject({
      type: 'ack',
      room: 'lobby',
    });
    expect(published[0]?.target).toEqual({ kind: 'room', room: 'lobby', except: 'ann' });
    expect(JSON.parse(published[0]?.payload.data ?? '')).toMatchObject({
      room: 'lobby',
      from: 'ann',
      data: 'hi',
    });
  });

  it('sends to one connection at once', async () => {
    expect(await ask({ action: 'send', to: 'bob', data: [1, 2] })).toMatchObject({ type: 'ack', to: 'bob' });
    expect(heard('bob')).toEqual([
      { type: 'message', from: 'ann', direct: true, data: [1, 2], messageId: 'm1' },
    ]);
    expect(published).toEqual([]);
  });

  it('does not send the same message twice when the function is called again', async () => {
    await ask({ action: 'send', to: 'bob', data: 1 });
    await ask({ action: 'send', to: 'bob', data: 1 });
    expect(heard('bob')).toHaveLength(1);
    expect(heard('ann')).toMatchObject([{ type: 'ack' }, { type: 'ack' }]);
  });

  it('says so when the connection is unknown, gone, slow or out of reach', async () => {
    expect(await ask({ action: 'send', to: 'eve', data: 1, id: 'x' })).toMatchObject({
      type: 'error',
      id: 'x',
      code: 'connection_gone',
    });
    pusher.slow.add('bob');
    expect(await ask({ action: 'send', to: 'bob', data: 1 }, 'm2')).toMatchObject({
      code: 'connection_slow',
    });
    pusher.slow.clear();
    pusher.failing.set('bob', { reason: 'secret detail', retryable: true });
    expect(await ask({ action: 'send', to: 'bob', data: 1 }, 'm3')).toMatchObject({
      code: 'push_failed',
      message: 'push failed',
    });
    pusher.failing.clear();
    pusher.gone.add('bob');
    expect(await ask({ action: 'send', to: 'bob', data: 1 }, 'm4')).toMatchObject({
      code: 'connection_gone',
    });
    expect(await store.find('bob')).toBeNull();
  });

  it('joins and leaves rooms', async () => {
    const members = async (): Promise<string[]> =>
      (await store.page({ after: '', upTo: null, userId: null, room: 'lobby', limit: 10 })).map(
        ({ connectionId }) => connectionId,
      );
    expect(await ask({ action: 'join', room: 'lobby', id: 1 })).toMatchObject({
      type: 'ack',
      room: 'lobby',
      id: 1,
    });
    expect(await members()).toEqual(['ann']);
    expect(await ask({ action: 'leave', room: 'lobby' }, 'm2')).toMatchObject({ type: 'ack', room: 'lobby' });
    expect(await members()).toEqual([]);
  });

  it('refuses one room too many', async () => {
    for (let i = 0; i < 100; i++) await store.join('ann', `room ${i}`);
    expect(await ask({ action: 'join', room: 'lobby' })).toMatchObject({
      type: 'error',
      code: 'not_permitted',
    });
  });

  it.each([
    ['a broadcast', { action: 'broadcast' }],
    ['a message to a room', { action: 'publish', room: 'lobby' }],
    ['a direct message', { action: 'send', to: 'bob' }],
  ])('refuses %s that no longer fits with what is added to it', async (_, request) => {
    const fits = { ...request, data: 'x'.repeat(MAX_PAYLOAD_BYTES - 1_000) };
    expect(await ask(fits)).toMatchObject({ type: 'ack' });
    const tooLarge = { ...request, data: 'x'.repeat(MAX_PAYLOAD_BYTES - 20) };
    expect(await ask(tooLarge, 'm2')).toMatchObject({ type: 'error', code: 'too_large' });
    expect(published.length + heard('bob').length).toBe(1);
  });

  it('tells a client who it is and who is online', async () => {
    expect(await ask({ action: 'whoami' })).toMatchObject({ connectionId: 'ann' });
    expect(await ask({ action: 'online' }, 'm2')).toMatchObject({ count: 2, connections: ['ann', 'bob'] });
    expect(await ask({ action: 'online', after: 'ann' }, 'm3')).toMatchObject({
      count: 2,
      connections: ['bob'],
    });
  });

  it.each([
    ['an unknown action', { action: 'dance' }, 'unknown_action', 'action'],
    ['an action named like a property of objects', { action: '__proto__' }, 'unknown_action', 'action'],
    ['missing data', { action: 'broadcast' }, 'bad_data', 'data'],
    ['a missing addressee', { action: 'send', data: 1 }, 'bad_connection_id', 'to'],
    [
      'an addressee that is too long',
      { action: 'send', to: 'x'.repeat(51), data: 1 },
      'bad_connection_id',
      'to',
    ],
    ['a room that is no string', { action: 'join', room: {} }, 'bad_data', 'room'],
    ['an empty room', { action: 'publish', room: '', data: 1 }, 'bad_data', 'room'],
    ['a room of 129 characters', { action: 'join', room: '𠮷'.repeat(129) }, 'bad_data', 'room'],
    ['half a surrogate pair', { action: 'join', room: 'a\ud800' }, 'bad_data', 'room'],
    ['an id that is an object', { action: 'whoami', id: {} }, 'bad_data', 'id'],
    ['an id without end', { action: 'whoami', id: 'x'.repeat(129) }, 'bad_data', 'id'],
  ])('answers %s with an error that names the field', async (_, request, code, field) => {
    const answer = (await ask(request)) as { message: string };
    expect(answer).toMatchObject({ type: 'error', code });
    expect(answer.message).toContain(field);
    expect(published).toEqual([]);
  });

  it.each([
    ['an action', '{"action":"broadcast","data":1,"id":9}', 9],
    ['a plain frame', 'hello', undefined],
  ])('acknowledges nothing while the queue is away, and says so, for %s', async (_, data, id) => {
    jest.spyOn(queue, 'publish').mockRejectedValue(new QueueUnavailable('broker at 10.0.0.1 refused'));
    await say({ dataType: 'text', data });
    expect(heard('ann')).toEqual([
      { type: 'error', ...(id && { id }), code: 'queue_unavailable', message: 'queue unavailable' },
    ]);
  });

  it('does not hide a bug behind an answer', async () => {
    jest.spyOn(queue, 'publish').mockRejectedValue(new TypeError('a bug'));
    await expect(say({ dataType: 'text', data: 'hello' })).rejects.toThrow('a bug');
  });

  it('logs a reply that did not reach the client', async () => {
    const log = new MemoryLog();
    route = new RouteClientMessage(
      [new WhoamiAction()],
      new AcceptBroadcast(queue, new ManualClock()),
      pusher,
      log,
    );
    pusher.failing.set('ann', { reason: 'no answer', retryable: true });
    await say({ dataType: 'text', data: '{"action":"whoami"}' });
    expect(log.entries).toMatchObject([{ level: 'warn', fields: { connectionId: 'ann', requestId: 'm1' } }]);
  });
});
