import { MemoryConnectionStore } from '@sendback/domain/connection/testing';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import type { Broadcast, Target } from './broadcast';
import { MemoryBroadcastLedger } from './broadcast-ledger.memory';
import type { LaneBatch } from './broadcast-queue.port';
import { FanOut } from './fan-out';
import { MemoryPusher } from './pusher.memory';
import type { QueueMessage } from './queue-message';

const all = (except: string | null = null): Target => ({ kind: 'all', except });

function message(id: string, target: Target = all(), more: Partial<QueueMessage> = {}): QueueMessage {
  const payload = { dataType: 'text', data: `text of ${id}` } as const;
  const broadcast: Broadcast = { broadcastId: id, target, payload, acceptedAt: 1_000, traceparent: null };
  return { messageId: id, broadcast, attempt: 0, recipients: null, ...more };
}

const batch = (messages: QueueMessage[], more: Partial<LaneBatch> = {}): LaneBatch => ({
  lane: 0,
  messages,
  lost: () => false,
  ...more,
});

describe('FanOut', () => {
  let store: MemoryConnectionStore;
  let pusher: MemoryPusher;
  let ledger: MemoryBroadcastLedger;
  let log: MemoryLog;
  let fanOut: FanOut;

  beforeEach(() => {
    store = new MemoryConnectionStore();
    pusher = new MemoryPusher();
    ledger = new MemoryBroadcastLedger();
    log = new MemoryLog();
    fanOut = new FanOut(store, pusher, ledger, log, 1, [1_000, 5_000]);
  });

  const connect = async (...ids: string[]): Promise<void> => {
    for (const connectionId of ids)
      await store.add({ connectionId, pushAddress: 'http://gateway', userId: null, openedAt: 0 });
  };
  const texts = (id: string): string[] => pusher.received(id).map(({ data }) => data);

  it('gives a broadcast to everyone but its sender', async () => {
    await connect('a', 'b', 'c');
    await fanOut.execute(batch([message('m', all('a'))]));
    expect([texts('a'), texts('b'), texts('c')]).toEqual([[], ['text of m'], ['text of m']]);
  });

  it('gives the messages of a batch in their order, to senders what others sent', async () => {
    await connect('a', 'b', 'c');
    await fanOut.execute(batch([message('1', all('a')), message('2', all('b')), message('3', all('a'))]));
    expect(texts('a')).toEqual(['text of 2']);
    expect(texts('b')).toEqual(['text of 1', 'text of 3']);
    expect(texts('c')).toEqual(['text of 1', 'text of 2', 'text of 3']);
  });

  it('pushes what several senders say in one request, and nothing to a sender alone', async () => {
    await connect('a', 'b', 'c');
    await fanOut.execute(batch([message('1', all('a')), message('2', all('b'))]));
    expect(pusher.pushes.map(({ recipients }) => recipients.connectionIds)).toEqual([['a', 'b', 'c']]);
    await store.join('a', 'attic');
    await fanOut.execute(batch([message('3', { kind: 'room', room: 'attic', except: 'a' })]));
    expect(pusher.pushes).toHaveLength(1);
    expect(await ledger.find('3')).toMatchObject({ recipients: 0, status: 'finished' });
  });

  it('counts a sender in no receipt of its own messages, whatever became of it', async () => {
    await connect('a', 'b', 'c', 'd', 'e');
    pusher.gone.add('a');
    pusher.slow.add('b');
    pusher.failing.set('c', { reason: 'no answer', retryable: true });
    const { retries } = await fanOut.execute(
      batch(['a', 'b', 'c', 'd'].map((id) => message(`by ${id}`, all(id)))),
    );
    const [byA, byB, byC, byD] = await Promise.all(['a', 'b', 'c', 'd'].map((id) => ledger.find(`by ${id}`)));
    expect(byA).toMatchObject({ recipients: 4, gone: 0, slow: 1, pending: 1, delivered: 2 });
    expect(byB).toMatchObject({ recipients: 4, gone: 1, slow: 0, pending: 1, delivered: 2 });
    expect(byC).toMatchObject({ recipients: 4, gone: 1, slow: 1, pending: 0, delivered: 2 });
    expect(byD).toMatchObject({ recipients: 4, gone: 1, slow: 1, pending: 1, delivered: 1 });
    expect(
      retries.map(({ message: { broadcast, recipients } }) => [broadcast.broadcastId, recipients]),
    ).toEqual(
      ['by a', 'by b', 'by d'].map((id) => [id, { pushAddress: 'http://gateway', connectionIds: ['c'] }]),
    );
    expect(await store.find('a')).toBeNull();
  });

  it('retries for those of a failed push who are no senders', async () => {
    await connect('a', 'b', 'c');
    const failed = [{ connectionIds: ['a', 'b', 'c'], reason: 'no answer', retryable: true }];
    jest.spyOn(pusher, 'push').mockResolvedValueOnce({ gone: [], slow: [], failed });
    const { retries } = await fanOut.execute(batch([message('1', all('a'))]));
    expect(retries.map(({ message: { recipients } }) => recipients?.connectionIds)).toEqual([['b', 'c']]);
    await fanOut.execute(batch(retries.map(({ message: retried }) => retried)));
    expect(['a', 'b', 'c'].map(texts)).toEqual([[], ['text of 1'], ['text of 1']]);
    expect(await ledger.find('1')).toMatchObject({ recipients: 2, delivered: 2, status: 'finished' });
  });

  it('gives what is for a user to all of its connections, and to nobody else', async () => {
    await connect('a');
    for (const [connectionId, userId] of [
      ['b', 'ann'],
      ['c', 'ann'],
      ['d', 'bob'],
    ] as const)
      await store.add({ connectionId, pushAddress: null, userId, openedAt: 0 });
    await fanOut.execute(batch([message('m', { kind: 'user', userId: 'ann', except: null })]));
    expect(['a', 'b', 'c', 'd'].map(texts)).toEqual([[], ['text of m'], ['text of m'], []]);
    expect(await ledger.find('m')).toMatchObject({ status: 'finished', recipients: 2, delivered: 2 });
  });

  it('gives what is for connections to those that are connected, once, and counts the others as gone', async () => {
    await connect('a', 'b', 'c');
    const target = { kind: 'connections', connectionIds: ['a', 'x', 'b', 'a'], except: null } as const;
    await fanOut.execute(batch([message('m', target)]));
    expect(['a', 'b', 'c'].map(texts)).toEqual([['text of m'], ['text of m'], []]);
    expect(await ledger.find('m')).toMatchObject({
      status: 'finished',
      recipients: 3,
      delivered: 2,
      gone: 1,
    });
  });

  it('serves of the listed connections those of its lane', async () => {
    await connect('1', 'f');
    const lanes = new FanOut(store, pusher, ledger, log, 2, [1_000]);
    const target = { kind: 'connections', connectionIds: ['1', 'f', 'ff'], except: null } as const;
    await lanes.execute(batch([message('m', target)], { lane: 1 }));
    expect([texts('1'), texts('f')]).toEqual([[], ['text of m']]);
    expect(await ledger.find('m')).toMatchObject({ status: 'running', recipients: 2, gone: 1 });
    await lanes.execute(batch([message('m', target)], { lane: 0 }));
    expect(await ledger.find('m')).toMatchObject({ status: 'finished', recipients: 3, delivered: 2 });
  });

  it('keeps the order of one connection across rooms and broadcasts to all', async () => {
    await connect('a', 'b');
    await store.join('a', 'lobby');
    const room: Target = { kind: 'room', room: 'lobby', except: null };
    await fanOut.execute(batch([message('1'), message('2', room), message('3', room), message('4')]));
    expect(texts('a')).toEqual(['text of 1', 'text of 2', 'text of 3', 'text of 4']);
    expect(texts('b')).toEqual(['text of 1', 'text of 4']);
  });

  it('looks up the rooms and users of a batch together, and serves them in their order', async () => {
    await connect('a', 'b', 'c');
    await store.add({ connectionId: 'd', pushAddress: null, userId: 'dan', openedAt: 0 });
    for (const [id, room] of [
      ['a', 'lobby'],
      ['b', 'lobby'],
      ['b', 'kitchen'],
      ['d', 'kitchen'],
    ] as const)
      await store.join(id, room);
    Object.assign(store, { page: () => Promise.reject(new Error('asked for a page')) });
    const lobby: Target = { kind: 'room', room: 'lobby', except: 'a' };
    const kitchen: Target = { kind: 'room', room: 'kitchen', except: null };
    const user = (userId: string): Target => ({ kind: 'user', userId, except: null });
    const targets = [kitchen, lobby, user('dan'), kitchen, user('eve'), lobby];
    await fanOut.execute(batch(targets.map((target, index) => message(`${index}`, target))));
    expect(texts('a')).toEqual([]);
    expect(texts('b')).toEqual([0, 1, 3, 5].map((index) => `text of ${index}`));
    expect(texts('c')).toEqual([]);
    expect(texts('d')).toEqual([0, 2, 3].map((index) => `text of ${index}`));
    expect(await ledger.find('4')).toMatchObject({ recipients: 0, status: 'finished' });
  });

  it('reaches everyone in a room that is too large to be looked up with others', async () => {
    const members = Array.from({ length: 1_200 }, (_, i) => i.toString(16).padStart(8, '0'));
    await connect(...members);
    for (const id of members) await store.join(id, 'hall');
    const room = (name: string): Target => ({ kind: 'room', room: name, except: null });
    await store.join('00000007', 'lobby');
    await fanOut.execute(
      batch([message('1', room('hall')), message('2', room('lobby')), message('3', room('hall'))]),
    );
    expect(texts('00000007')).toEqual(['text of 1', 'text of 2', 'text of 3']);
    expect(await ledger.find('3')).toMatchObject({ recipients: 1_200, delivered: 1_200 });
    expect(await ledger.find('2')).toMatchObject({ recipients: 1, delivered: 1 });
  });

  it('looks up no more than so many rooms at a time, and serves them all', async () => {
    await connect('a');
    const rooms = Array.from({ length: 200 }, (_, n) => `room ${n}`);
    await store.join('a', 'room 0');
    await store.join('a', 'room 199');
    const messages = rooms.map((room) => message(room, { kind: 'room', room, except: null }));
    const asked = jest.spyOn(store, 'groups');
    await fanOut.execute(batch(messages));
    expect(texts('a')).toEqual(['text of room 0', 'text of room 199']);
    expect(asked.mock.calls.map(([{ names }]) => names.length)).toEqual([64, 64, 64, 8]);
  });

  it('pushes a page all its messages in one request', async () => {
    await connect('a', 'b', 'c');
    await fanOut.execute(batch([message('1'), message('2'), message('3')]));
    expect(
      pusher.pushes.map(({ recipients, messages }) => [recipients.connectionIds.length, messages.length]),
    ).toEqual([[3, 3]]);
  });

  it('reaches every connection of several pages once', async () => {
    await connect(...Array.from({ length: 2_345 }, (_, i) => i.toString(16).padStart(8, '0')));
    await fanOut.execute(batch([message('m')]));
    expect(pusher.pushes.map(({ recipients }) => recipients.connectionIds.length)).toEqual([
      1_000, 1_000, 345,
    ]);
    expect(await ledger.find('m')).toMatchObject({ recipients: 2_345, delivered: 2_345, status: 'finished' });
  });

  it('groups a page by push address', async () => {
    await store.add({ connectionId: 'a', pushAddress: 'http://one', userId: null, openedAt: 0 });
    await store.add({ connectionId: 'b', pushAddress: null, userId: null, openedAt: 0 });
    await store.add({ connectionId: 'c', pushAddress: 'http://one', userId: null, openedAt: 0 });
    await fanOut.execute(batch([message('m')]));
    expect(pusher.pushes.map(({ recipients }) => recipients)).toEqual([
      { pushAddress: 'http://one', connectionIds: ['a', 'c'] },
      { pushAddress: null, connectionIds: ['b'] },
    ]);
  });

  it('serves only its range of ids on each of several lanes, and all of them together everyone', async () => {
    await connect('0000', '3fff', '4000', '4001', 'a', 'ffff', 'zzzz');
    const lanes = new FanOut(store, pusher, ledger, log, 4);
    for (const lane of [0, 1, 2, 3]) await lanes.execute(batch([message('m')], { lane }));
    expect(pusher.pushes.map(({ recipients }) => recipients.connectionIds)).toEqual([
      ['0000', '3fff', '4000'],
      ['4001'],
      ['a'],
      ['ffff', 'zzzz'],
    ]);
    expect(await ledger.find('m')).toMatchObject({ recipients: 7, delivered: 7, status: 'finished' });
  });

  it('has a running receipt until every lane has reported', async () => {
    await connect('0', 'f');
    const lanes = new FanOut(store, pusher, ledger, log, 2);
    await lanes.execute(batch([message('m')], { lane: 1 }));
    expect(await ledger.find('m')).toMatchObject({ status: 'running', delivered: 1 });
    await lanes.execute(batch([message('m')], { lane: 0 }));
    expect(await ledger.find('m')).toMatchObject({ status: 'finished', delivered: 2 });
  });

  it('removes gone connections from the store and counts them', async () => {
    await connect('a', 'b', 'c');
    pusher.gone.add('b');
    pusher.slow.add('c');
    const settlement = await fanOut.execute(batch([message('m')]));
    expect(await store.find('b')).toBeNull();
    expect(await store.count()).toBe(2);
    expect(settlement).toEqual({ retries: [], deadLetters: [] });
    expect(await ledger.find('m')).toMatchObject({
      recipients: 3,
      delivered: 1,
      gone: 1,
      slow: 1,
      failed: 0,
    });
  });

  it('puts back what failed, for the remaining connections only, later with every attempt', async () => {
    await connect('a', 'b');
    pusher.failing.set('b', { reason: 'no answer', retryable: true });
    const first = await fanOut.execute(batch([message('m')]));
    expect(first.deadLetters).toEqual([]);
    expect(first.retries).toMatchObject([
      {
        delayMs: 1_000,
        message: { attempt: 1, recipients: { pushAddress: 'http://gateway', connectionIds: ['b'] } },
      },
    ]);
    expect(await ledger.find('m')).toMatchObject({
      recipients: 2,
      delivered: 1,
      pending: 1,
      status: 'running',
    });

    const second = await fanOut.execute(batch(first.retries.map(({ message }) => message)));
    expect(second.retries).toMatchObject([{ delayMs: 5_000, message: { attempt: 2 } }]);
    expect(second.retries[0]?.message.messageId).not.toBe(first.retries[0]?.message.messageId);

    pusher.failing.clear();
    const third = await fanOut.execute(batch(second.retries.map(({ message }) => message)));
    expect(third).toEqual({ retries: [], deadLetters: [] });
    expect([texts('a'), texts('b')]).toEqual([['text of m'], ['text of m']]);
    expect(await ledger.find('m')).toMatchObject({
      recipients: 2,
      delivered: 2,
      pending: 0,
      status: 'finished',
    });
  });

  it('gives up after the last attempt: a dead letter with the reason, counted as failed', async () => {
    await connect('a');
    pusher.failing.set('a', { reason: 'no answer', retryable: true });
    let messages = [message('m')];
    for (const _ of [1, 2])
      messages = (await fanOut.execute(batch(messages))).retries.map((retry) => retry.message);
    const last = await fanOut.execute(batch(messages));
    expect(last.retries).toEqual([]);
    expect(last.deadLetters).toMatchObject([
      {
        reason: 'no answer',
        message: { broadcast: { broadcastId: 'm' }, recipients: { connectionIds: ['a'] } },
      },
    ]);
    expect(await ledger.find('m')).toMatchObject({
      recipients: 1,
      failed: 1,
      pending: 0,
      status: 'finished',
    });
  });

  it('does not retry what cannot succeed', async () => {
    await connect('a');
    pusher.failing.set('a', { reason: 'too large', retryable: false });
    const { retries, deadLetters } = await fanOut.execute(batch([message('m')]));
    expect([retries.length, deadLetters.length]).toEqual([0, 1]);
    expect(await ledger.find('m')).toMatchObject({ failed: 1, pending: 0 });
  });

  it('has the same receipt when a batch is handed over twice', async () => {
    await connect('a', 'b');
    pusher.failing.set('b', { reason: 'no answer', retryable: true });
    const first = await fanOut.execute(batch([message('m')]));
    const again = await fanOut.execute(batch([message('m')]));
    expect(again).toEqual(first);
    expect(texts('a')).toEqual(['text of m']);
    expect(await ledger.find('m')).toMatchObject({ recipients: 2, delivered: 1, pending: 1 });
  });

  it('gives up the whole batch for now when the address is out', async () => {
    await connect(...Array.from({ length: 20_000 }, (_, i) => i.toString(16).padStart(8, '0')));
    pusher.failing.set('http://gateway', { reason: 'connection refused', retryable: true });
    await expect(fanOut.execute(batch([message('m')]))).rejects.toMatchObject({
      code: 'fan_out_interrupted',
    });
    expect(await ledger.find('m')).toBeNull();
  });

  it('stops pushing when the lane is lost', async () => {
    await connect('a');
    const lost = batch([message('m')], { lost: () => true });
    await expect(fanOut.execute(lost)).rejects.toMatchObject({ code: 'fan_out_interrupted' });
    expect(pusher.pushes).toEqual([]);
  });

  it('leaves the receipt to the new consumer when the lane was lost during the last push', async () => {
    await connect('a');
    await fanOut.execute(batch([message('m')]));
    pusher.failing.set('a', { reason: 'no answer in time', retryable: true });
    const lost = batch([message('m')], { lost: () => pusher.pushes.length > 1 });
    await expect(fanOut.execute(lost)).rejects.toMatchObject({ code: 'fan_out_interrupted' });
    expect(await ledger.find('m')).toMatchObject({ delivered: 1, pending: 0, status: 'finished' });
  });

  it('records nothing and settles nothing when the store fails in the middle', async () => {
    const failing = Object.assign(new MemoryConnectionStore(), {
      page: () => Promise.reject(new Error('store is away')),
    });
    const interrupted = new FanOut(failing, pusher, ledger, log, 1);
    await expect(interrupted.execute(batch([message('m')]))).rejects.toThrow('store is away');
    expect(await ledger.find('m')).toBeNull();
  });

  it('has a finished receipt for a broadcast that was for nobody', async () => {
    await fanOut.execute(batch([message('m')]));
    expect(await ledger.find('m')).toMatchObject({ recipients: 0, status: 'finished' });
  });
});
