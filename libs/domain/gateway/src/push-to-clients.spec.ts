import { CloseCode } from './close-code';
import type { OutgoingMessage } from './push-to-clients';
import { REMEMBERED_IDS } from './recent-ids';
import { type Connected, frame, GatewayHarness, textsOf } from './testing/gateway-harness';

const nothing = { gone: [], slow: [] };

describe('reverse push', () => {
  let g: GatewayHarness;
  let ann: Connected;
  let bob: Connected;

  beforeEach(async () => {
    g = await new GatewayHarness().started();
    ann = await g.connect();
    bob = await g.connect();
  });

  it('gives every connection all messages in order', async () => {
    expect(await g.push([ann.id, bob.id], 'a', 'b', 'c')).toEqual({ gone: [], slow: [] });
    expect(textsOf(ann.socket)).toEqual(['a', 'b', 'c']);
    expect(textsOf(bob.socket)).toEqual(['a', 'b', 'c']);
  });

  it('tells a socket what more there is for it', async () => {
    const send = jest.spyOn(ann.socket, 'send');
    await g.push([ann.id], 'a', 'b');
    await g.push([ann.id], 'c');
    expect(send.mock.calls).toMatchObject([
      [{}, true],
      [{}, false],
      [{}, false],
    ]);
  });

  it('hands every connection the very same frame', async () => {
    await g.push([ann.id, bob.id], 'a');
    expect(ann.socket.received[0]).toBe(bob.socket.received[0]);
  });

  it('says which connections are gone, unknown ones and ended ones', async () => {
    bob.socket.vanishes();
    expect(await g.push(['nobody', bob.id, ann.id], 'a')).toEqual({ gone: ['nobody', bob.id], slow: [] });
    expect(textsOf(ann.socket)).toEqual(['a']);
  });

  it('closes connections, and says which are gone', async () => {
    await g.push([ann.id], 'last words');
    expect(await g.close(ann.id, 'nobody')).toEqual(['nobody']);
    expect(await g.close(ann.id)).toEqual([ann.id]);
    expect(textsOf(ann.socket)).toEqual(['last words']);
    expect(ann.socket.closeFrame?.code).toBe(CloseCode.closedByApplication);
  });

  it('reaches thousands in one call, and lets others have their turn meanwhile', async () => {
    const all = await Promise.all(Array.from({ length: 2_500 }, () => g.connect()));
    const ids = all.map(({ id }) => id);
    const messages = [frameOf('a'), frameOf('b')];
    const turns = jest.spyOn(g.clock, 'after');
    const pushing = g.gateway.deliverPush.execute(g.live, { connectionIds: ids, messages: messages });
    await g.clock.advance(0);
    expect(await pushing).toEqual({ gone: [], slow: [] });
    expect(turns).toHaveBeenCalledTimes(4);
    expect(all.every(({ socket }) => socket.received.length === 2)).toBe(true);
  });

  describe('to many at a time', () => {
    let all: Connected[];
    let ids: readonly string[];
    const pushAll = (...texts: string[]) =>
      g.gateway.deliverPush.execute(g.live, { connectionIds: ids, messages: texts.map(frameOf) });
    beforeEach(async () => {
      all = await Promise.all(Array.from({ length: 100 }, () => g.connect()));
      ids = all.map(({ id }) => id);
    });
    const everybodyHas = (...texts: string[]): void => {
      for (const { socket } of all) expect(textsOf(socket)).toEqual(texts);
    };

    it('gives each connection what came together at once, in order', async () => {
      const send = jest.spyOn(all[0]!.socket, 'send');
      const pushing = [pushAll('a', 'b'), pushAll('c')];
      await g.clock.advance(0);
      expect(await Promise.all(pushing)).toEqual([nothing, nothing]);
      everybodyHas('a', 'b', 'c');
      expect(send.mock.calls).toMatchObject([
        [{}, true],
        [{}, true],
        [{}, false],
      ]);
    });

    it('waits for more where more came together, and not for long', async () => {
      const crowd = [pushAll('a'), pushAll('b')];
      await g.clock.advance(0);
      await Promise.all(crowd);
      const late = pushAll('c');
      await g.clock.advance(1);
      everybodyHas('a', 'b');
      await g.clock.advance(1);
      expect(await late).toEqual(nothing);
      const lone = pushAll('d');
      await g.clock.advance(0);
      expect(await lone).toEqual(nothing);
      everybodyHas('a', 'b', 'c', 'd');
    });

    it('gives a connection up to 64 KiB at once', async () => {
      const send = jest.spyOn(all[0]!.socket, 'send');
      const large = 'x'.repeat(30 * 1024);
      const pushing = [pushAll(large), pushAll(large), pushAll(large)];
      await g.clock.advance(0);
      await Promise.all(pushing);
      expect(send.mock.calls).toMatchObject([
        [{}, true],
        [{}, false],
        [{}, false],
      ]);
    });

    it('keeps the order of pushes to different lists', async () => {
      const pushing = [pushAll('a'), pushAll('b')];
      ids = [...ids];
      pushing.push(pushAll('c'), pushAll('d'));
      await g.clock.advance(0);
      await g.clock.advance(2);
      await Promise.all(pushing);
      everybodyHas('a', 'b', 'c', 'd');
    });

    it('says of each push who was slow or gone', async () => {
      g = await new GatewayHarness({ limits: { outboxBytes: 10 } }).started();
      all = await Promise.all(Array.from({ length: 100 }, () => g.connect()));
      ids = all.map(({ id }) => id);
      all[7]!.socket.stopsReading();
      const pushing = [pushAll('0123456789'), pushAll('x'), pushAll('y')];
      await g.clock.advance(0);
      const id = ids[7]!;
      expect(await Promise.all(pushing)).toEqual([
        nothing,
        { gone: [], slow: [id] },
        { gone: [id], slow: [] },
      ]);
    });

    it('says gone of connections that ended after the list was first given', async () => {
      const first = pushAll('a');
      await g.clock.advance(0);
      await first;
      all[3]!.socket.vanishes();
      const second = pushAll('b');
      await g.clock.advance(0);
      expect(await second).toEqual({ gone: [ids[3]], slow: [] });
    });

    it('reaches nobody of another API by the same list', async () => {
      const other = { ...g.api(), id: 'api-other', path: '/other' };
      g = await new GatewayHarness({ apis: [g.api(), other] }).started();
      all = await Promise.all(Array.from({ length: 100 }, () => g.connect()));
      ids = all.map(({ id }) => id);
      const first = pushAll('a');
      await g.clock.advance(0);
      await first;
      const push = { connectionIds: ids, messages: [frameOf('b')] };
      expect(await g.gateway.deliverPush.execute(g.gateway.apis[1]!, push)).toEqual({ gone: ids, slow: [] });
      everybodyHas('a');
    });
  });

  describe('of messages that except a connection', () => {
    const pushFrom = (sender: string, id: string, ids: readonly string[]): Promise<unknown> =>
      g.gateway.deliverPush.execute(g.live, {
        connectionIds: ids,
        messages: [{ id, frame: frame(id), except: sender }, frameOf('for all')],
      });

    it('gives them to everybody else, and to that connection when a later push does not', async () => {
      expect(await pushFrom(ann.id, '1', [ann.id, bob.id])).toEqual(nothing);
      expect([textsOf(ann.socket), textsOf(bob.socket)]).toEqual([['for all'], ['1', 'for all']]);
      await g.pushWithIds([ann.id, bob.id], [['1', '1']]);
      expect([textsOf(ann.socket), textsOf(bob.socket)]).toEqual([
        ['for all', '1'],
        ['1', 'for all'],
      ]);
    });

    it('gives them to each of many but that one, also where pushes are carried out together', async () => {
      const all = await Promise.all(Array.from({ length: 100 }, () => g.connect()));
      const ids = all.map(({ id }) => id);
      const pushing = [0, 1, 2].map((n) => pushFrom(ids[n]!, String(n), ids));
      await g.clock.advance(0);
      expect(await Promise.all(pushing)).toEqual([nothing, nothing, nothing]);
      const got = all.map(({ socket }) => textsOf(socket).filter((text) => text !== 'for all'));
      expect(got.slice(0, 4)).toEqual([
        ['1', '2'],
        ['0', '2'],
        ['0', '1'],
        ['0', '1', '2'],
      ]);
      expect(got.slice(4).every((texts) => texts.length === 3)).toBe(true);
    });

    it('does not call it slow for what it is not given', async () => {
      g = await new GatewayHarness({ limits: { outboxBytes: 10 } }).started();
      [ann, bob] = [await g.connect(), await g.connect()];
      ann.socket.stopsReading();
      await g.push([ann.id], '1234567');
      const messages = [{ ...frameOf('x'.repeat(50)), except: ann.id }, frameOf('y')];
      const pushed = await g.gateway.deliverPush.execute(g.live, { connectionIds: [ann.id], messages });
      expect(pushed).toEqual(nothing);
      expect(ann.socket.backlog).toBe(8);
    });

    it('gives them to everybody where it is unknown, or gone', async () => {
      ann.socket.vanishes();
      expect(await pushFrom(ann.id, '1', [ann.id, bob.id])).toEqual({ gone: [ann.id], slow: [] });
      expect(await pushFrom('nobody', '2', [bob.id])).toEqual(nothing);
      expect(textsOf(bob.socket)).toEqual(['1', 'for all', '2', 'for all']);
    });
  });

  describe('to a client that does not read', () => {
    beforeEach(async () => {
      g = await new GatewayHarness({ limits: { outboxBytes: 100 } }).started();
      ann = await g.connect();
      bob = await g.connect();
      ann.socket.stopsReading();
    });

    it('says slow past the limit, closes it with a code that says so, and serves the others', async () => {
      expect(await g.push([ann.id, bob.id], 'x'.repeat(100))).toEqual({ gone: [], slow: [] });
      expect(await g.push([ann.id, bob.id], 'y')).toEqual({ gone: [], slow: [ann.id] });
      expect(await g.push([ann.id, bob.id], 'z')).toEqual({ gone: [ann.id], slow: [] });
      expect(ann.socket.backlog).toBe(100);
      ann.socket.vanishes();
      await g.settle();
      expect(g.cleanups[0]?.websocket).toMatchObject({ closeCode: '4001', closeReason: 'too slow' });
      expect(bob.socket.received).toHaveLength(3);
    });

    it('gives it all messages of a push or none', async () => {
      await g.push([ann.id], 'x'.repeat(50));
      expect(await g.push([ann.id], 'y'.repeat(30), 'z'.repeat(30))).toEqual({ gone: [], slow: [ann.id] });
      expect(ann.socket.backlog).toBe(50);
    });

    it('gives a client that has read everything whatever fits into one push', async () => {
      expect(await g.push([ann.id], 'x'.repeat(99), 'y'.repeat(99))).toEqual({ gone: [], slow: [] });
    });

    it('does not count what it was given before', async () => {
      await g.pushWithIds([ann.id], [['1', 'x'.repeat(60)]]);
      expect(await g.pushWithIds([ann.id], [['1', 'x'.repeat(60)]])).toEqual({ gone: [], slow: [] });
      expect(ann.socket.backlog).toBe(60);
    });
  });

  describe('of messages with ids', () => {
    it('gives a connection the same one once, however it is put together again', async () => {
      await g.pushWithIds([ann.id], [['1', 'one']]);
      const again = await g.pushWithIds(
        [ann.id, bob.id],
        [
          ['1', 'one'],
          ['2', 'two'],
          ['2', 'two'],
        ],
      );
      expect(again).toEqual({ gone: [], slow: [] });
      expect(textsOf(ann.socket)).toEqual(['one', 'two']);
      expect(textsOf(bob.socket)).toEqual(['one', 'two']);
    });

    it('gives messages without an id as often as they come', async () => {
      await g.push([ann.id], 'a');
      await g.push([ann.id], 'a');
      expect(textsOf(ann.socket)).toEqual(['a', 'a']);
    });

    it('does not take an id for given that found the connection slow or gone', async () => {
      g = await new GatewayHarness({ limits: { outboxBytes: 10 } }).started();
      ann = await g.connect();
      ann.socket.stopsReading();
      await g.push([ann.id], '0123456789');
      expect(await g.pushWithIds([ann.id], [['1', 'x']])).toEqual({ gone: [], slow: [ann.id] });
      expect(await g.pushWithIds([ann.id], [['1', 'x']])).toEqual({ gone: [ann.id], slow: [] });
    });

    it('tells connections apart that follow one another', async () => {
      await g.pushWithIds([ann.id], [['1', 'one']]);
      ann.socket.vanishes();
      const eve = await g.connect();
      await g.pushWithIds([eve.id], [['1', 'one']]);
      expect(textsOf(eve.socket)).toEqual(['one']);
    });

    it('tells APIs apart', async () => {
      const other = { ...g.api(), id: 'api-other', path: '/other' };
      g = await new GatewayHarness({ apis: [g.api(), other] }).started();
      ann = await g.connect();
      const [, second] = g.gateway.apis;
      expect(await g.gateway.deliverPush.execute(second!, { connectionIds: [ann.id], messages: [] })).toEqual(
        {
          gone: [ann.id],
          slow: [],
        },
      );
    });

    it('remembers the last 4,096 ids of an API', async () => {
      await g.pushWithIds([ann.id], [['first', 'x']]);
      for (let i = 1; i < REMEMBERED_IDS; i++)
        await g.gateway.deliverPush.execute(g.live, {
          connectionIds: [bob.id],
          messages: [{ ...frameOf('x'), id: `${i}` }],
        });
      await g.pushWithIds([ann.id], [['first', 'x']]);
      expect(ann.socket.received).toHaveLength(1);
      await g.gateway.deliverPush.execute(g.live, {
        connectionIds: [bob.id],
        messages: [{ ...frameOf('x'), id: 'one too many' }],
      });
      await g.pushWithIds([ann.id], [['first', 'x']]);
      expect(ann.socket.received).toHaveLength(2);
    });
  });
});

function frameOf(text: string): OutgoingMessage {
  return { id: null, frame: frame(text), except: null };
}
