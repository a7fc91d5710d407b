import type { Payload } from './payload';
import type { Pusher, PushMessage, PushReport } from './pusher.port';

export interface PusherHarness {
  readonly pusher: Pusher;
  /** Reaches the clients of this harness; null is the pusher's default address. */
  readonly pushAddress: string | null;
  /** An address behind which nothing works. */
  readonly failingAddress: string;
  /** Connects clients (up to 500 in one test) and gives their ids. */
  connect(count: number): Promise<readonly string[]>;
  /** Ids, up to 25,000, of connections that the address does not know, or no longer. */
  gone(count: number): Promise<readonly string[]>;
  /** A connected client that does not read, its buffer so full that no message fits. */
  slow(): Promise<string>;
  /** All that a client of {@link connect} was given so far, in order, as soon as that is `count` messages. */
  received(connectionId: string, count: number): Promise<readonly Payload[]>;
  close(): Promise<void>;
}

export interface PusherTraits {
  /** Whether the address gives a connection the same message id once (contract §4); the cloud's does not. */
  readonly once: boolean;
}

const text = (data: string): Payload => ({ dataType: 'text', data });
const binary = (...bytes: number[]): Payload => ({
  dataType: 'binary',
  data: Buffer.from(bytes).toString('base64'),
});
const message = (messageId: string, payload = text(messageId)): PushMessage => ({ messageId, payload });
const messages = (count: number): PushMessage[] => Array.from({ length: count }, (_, n) => message(`m-${n}`));
const payloads = (all: readonly PushMessage[]): Payload[] => all.map(({ payload }) => payload);

const DELIVERED = { gone: [], slow: [], failed: [] };

/**
 * What every Pusher promises.
 * @param start gives a pusher and the clients it reaches, none at first
 */
export function pusherContract(
  name: string,
  { once }: PusherTraits,
  start: () => Promise<PusherHarness>,
): void {
  describe(`Pusher on ${name}`, () => {
    let harness: PusherHarness;
    beforeEach(async () => {
      harness = await start();
    });
    afterEach(() => harness.close());

    const push = (
      connectionIds: readonly string[],
      all: readonly PushMessage[],
      pushAddress = harness.pushAddress,
    ): Promise<PushReport> => harness.pusher.push({ pushAddress, connectionIds }, all);

    const expectReceived = async (ids: readonly string[], all: readonly PushMessage[]): Promise<void> => {
      for (const id of ids) expect(await harness.received(id, all.length)).toEqual(payloads(all));
    };

    it('gives one client one message', async () => {
      const ids = await harness.connect(1);
      expect(await push(ids, messages(1))).toEqual(DELIVERED);
      await expectReceived(ids, messages(1));
    });

    it('gives every client all messages in order', async () => {
      const ids = await harness.connect(7);
      expect(await push(ids, messages(20))).toEqual(DELIVERED);
      await expectReceived(ids, messages(20));
    });

    it('keeps the order over more messages than an address takes at once', async () => {
      const ids = await harness.connect(2);
      expect(await push(ids, messages(600))).toEqual(DELIVERED);
      await expectReceived(ids, messages(600));
    });

    it('keeps the order over more bytes than an address takes at once', async () => {
      const ids = await harness.connect(2);
      const all = Array.from({ length: 9 }, (_, n) => message(`m-${n}`, text(String(n).repeat(512 * 1024))));
      expect(await push(ids, all)).toEqual(DELIVERED);
      for (const id of ids) {
        const given = await harness.received(id, all.length);
        expect(given.map(({ data }) => `${data[0]} × ${data.length}`)).toEqual(
          all.map((_, n) => `${n} × ${512 * 1024}`),
        );
      }
    });

    it('keeps the order of calls that follow each other', async () => {
      const ids = await harness.connect(3);
      for (const one of messages(10)) await push(ids, [one]);
      await expectReceived(ids, messages(10));
    });

    it.each<[string, Payload]>([
      ['text', text('hello')],
      ['empty text', text('')],
      ['Unicode', text('héllo 👩‍👩‍👧‍👦 مرحبا \u{10ffff}')],
      ['what JSON must escape', text('"\\/\b\f\n\r\t\u0000\u001f\u2028\u2029')],
      ['what looks like JSON', text('{"websocket":{"action":"closing"}}')],
      ['bytes', binary(0, 1, 127, 128, 254, 255)],
      ['bytes that are no UTF-8', binary(0xc3, 0x28, 0xff, 0xfe)],
      ['no bytes', binary()],
    ])('carries %s exactly, to one client and to several', async (_, payload) => {
      const ids = await harness.connect(3);
      expect(await push(ids.slice(0, 1), [message('a', payload)])).toEqual(DELIVERED);
      expect(await push(ids.slice(1), [message('a', payload), message('b')])).toEqual(DELIVERED);
      await expectReceived(ids.slice(0, 1), [message('a', payload)]);
      await expectReceived(ids.slice(1), [message('a', payload), message('b')]);
    });

    it('takes the longest message id', async () => {
      const ids = await harness.connect(2);
      const all = [message('i'.repeat(200)), message('end')];
      expect(await push(ids, all)).toEqual(DELIVERED);
      await expectReceived(ids, all);
    });

    it('says who is gone, and serves the others', async () => {
      const [a, b] = (await harness.connect(2)) as [string, string];
      const [x, y] = (await harness.gone(2)) as [string, string];
      const { gone, ...rest } = await push([x, a, y, b], messages(3));
      expect([...gone].sort()).toEqual([x, y].sort());
      expect(rest).toEqual({ slow: [], failed: [] });
      await expectReceived([a, b], messages(3));
    });

    it('says that a single one is gone', async () => {
      const [x] = (await harness.gone(1)) as [string];
      expect(await push([x], messages(1))).toEqual({ ...DELIVERED, gone: [x] });
      expect(await push([x], messages(2))).toEqual({ ...DELIVERED, gone: [x] });
    });

    it.each([1, 3])('says who is slow for %i messages, and serves the others', async (count) => {
      const slow = await harness.slow();
      const ids = await harness.connect(2);
      expect(await push([slow, ...ids], messages(count))).toEqual({ ...DELIVERED, slow: [slow] });
      await expectReceived(ids, messages(count));
    });

    it('says that a single one is slow', async () => {
      const slow = await harness.slow();
      expect(await push([slow], messages(1))).toEqual({ ...DELIVERED, slow: [slow] });
    });

    it.each([
      [1, 1],
      [3, 1],
      [3, 2],
    ])(
      'reports %i recipients of %i messages as failed where the address does not work',
      async (count, length) => {
        const ids = await harness.gone(count);
        const { failed, ...rest } = await push(ids, messages(length), harness.failingAddress);
        expect(rest).toEqual({ gone: [], slow: [] });
        expect(failed.flatMap(({ connectionIds }) => connectionIds).sort()).toEqual([...ids].sort());
        for (const { reason } of failed) {
          expect(reason).not.toBe('');
          expect(reason).not.toContain(harness.failingAddress);
        }
      },
    );

    it('serves an address that works after one that does not', async () => {
      const ids = await harness.connect(2);
      await push(ids, messages(2), harness.failingAddress);
      expect(await push(ids, messages(2))).toEqual(DELIVERED);
      await expectReceived(ids, messages(2));
    });

    it('does nothing for no recipients, or no messages', async () => {
      const ids = await harness.connect(1);
      expect(await push([], messages(1))).toEqual(DELIVERED);
      expect(await push(ids, [])).toEqual(DELIVERED);
      expect(await push([], messages(1), harness.failingAddress)).toEqual(DELIVERED);
      await push(ids, [message('end')]);
      await expectReceived(ids, [message('end')]);
    });

    it('gives a message to everybody but whom it excepts', async () => {
      const [a, b, c] = (await harness.connect(3)) as [string, string, string];
      const all = [
        { ...message('1'), except: a },
        { ...message('2'), except: b },
        message('3'),
        { ...message('4'), except: a },
        { ...message('5'), except: 'nobody' },
      ];
      expect(await push([a, b, c], all)).toEqual(DELIVERED);
      await expectReceived(
        [a],
        ['2', '3', '5'].map((id) => message(id)),
      );
      await expectReceived(
        [b],
        ['1', '3', '4', '5'].map((id) => message(id)),
      );
      await expectReceived([c], all);
    });

    it('gives whom a message excepts the same message where another push does not', async () => {
      const ids = await harness.connect(2);
      const [a] = ids as [string];
      await push(ids, [{ ...message('1'), except: a }]);
      await push([a], [message('1')]);
      await expectReceived(ids, [message('1')]);
    });

    it('excepts senders over more messages than an address takes at once', async () => {
      const ids = await harness.connect(4);
      const all = messages(600).map((one, n) => ({ ...one, except: ids[n % 3]! }));
      expect(await push(ids, all)).toEqual(DELIVERED);
      for (const [n, id] of ids.entries())
        await expectReceived(
          [id],
          all.filter((_, m) => m % 3 !== n),
        );
    });

    it.each([1, 2])('gives nothing where %i messages except the only recipient', async (count) => {
      const ids = await harness.connect(1);
      const [a] = ids as [string];
      expect(
        await push(
          ids,
          messages(count).map((one) => ({ ...one, except: a })),
        ),
      ).toEqual(DELIVERED);
      await push(ids, [message('end')]);
      await expectReceived(ids, [message('end')]);
    });

    it('reports a sender as gone, slow or failed like any other', async () => {
      const [a] = (await harness.connect(1)) as [string];
      const [x] = (await harness.gone(1)) as [string];
      const slow = await harness.slow();
      const all = [{ ...message('1'), except: x }, { ...message('2'), except: slow }, message('3')];
      expect(await push([a, x, slow], all)).toEqual({ gone: [x], slow: [slow], failed: [] });
      await expectReceived([a], all);
      const { failed } = await push([a, x], all, harness.failingAddress);
      expect(failed.flatMap(({ connectionIds }) => connectionIds).sort()).toEqual([a, x].sort());
    });

    it('serves a recipient that is named twice once', async () => {
      const [a] = (await harness.connect(1)) as [string];
      const [x] = (await harness.gone(1)) as [string];
      expect(await push([a, x, x, a], [message('twice')])).toEqual({ ...DELIVERED, gone: [x] });
      await push([a], [message('end')]);
      await expectReceived([a], [message('twice'), message('end')]);
    });

    it('takes any number of recipients', async () => {
      const ids = await harness.connect(500);
      const gone = await harness.gone(24_500);
      const mixed = gone.flatMap((id, n) => (n % 49 === 0 ? [id, ids[n / 49]!] : [id]));
      const report = await push(mixed, messages(2));
      expect({ ...report, gone: report.gone.length }).toEqual({ ...DELIVERED, gone: 24_500 });
      expect([...report.gone].sort()).toEqual([...gone].sort());
      await expectReceived(ids, messages(2));
    }, 120_000);

    it('keeps calls that run at once apart', async () => {
      const ids = await harness.connect(20);
      const calls = ['a', 'b', 'c', 'd'].map((call) =>
        Array.from({ length: 5 }, (_, n) => message(`${call}${n}`)),
      );
      expect(await Promise.all(calls.map((all) => push(ids, all)))).toEqual(calls.map(() => DELIVERED));
      for (const id of ids) {
        const given = await harness.received(id, 20);
        for (const all of calls) {
          const initial = all[0]?.payload.data[0];
          expect(given.filter(({ data }) => data[0] === initial)).toEqual(payloads(all));
        }
      }
    });

    it.each([1, 3])(
      'gives a message without an id as often as it is pushed, to %i clients',
      async (count) => {
        const ids = await harness.connect(count);
        const again: PushMessage = { payload: text('again') };
        for (const all of [[again], [again], [again, again]]) expect(await push(ids, all)).toEqual(DELIVERED);
        await expectReceived(ids, [again, again, again, again]);
      },
    );

    describe('disconnects', () => {
      const disconnect = (
        connectionIds: readonly string[],
        pushAddress = harness.pushAddress,
      ): Promise<PushReport> => harness.pusher.disconnect({ pushAddress, connectionIds });

      it.each([1, 3])('%i clients, and nobody else', async (count) => {
        const ids = await harness.connect(count);
        const others = await harness.connect(2);
        expect(await disconnect(ids)).toEqual(DELIVERED);
        expect([...(await push(ids, messages(1))).gone].sort()).toEqual([...ids].sort());
        expect(await push(others, messages(2))).toEqual(DELIVERED);
        await expectReceived(others, messages(2));
      });

      it('after what was pushed before has arrived', async () => {
        const ids = await harness.connect(2);
        await push(ids, messages(20));
        expect(await disconnect(ids)).toEqual(DELIVERED);
        await expectReceived(ids, messages(20));
      });

      it('and says who was gone before', async () => {
        const [a, b] = (await harness.connect(2)) as [string, string];
        const [x] = (await harness.gone(1)) as [string];
        expect(await disconnect([x])).toEqual({ ...DELIVERED, gone: [x] });
        expect(await disconnect([a, x, b])).toEqual({ ...DELIVERED, gone: [x] });
        expect(await disconnect([b])).toEqual({ ...DELIVERED, gone: [b] });
      });

      it('nobody for no recipients, and one that is named twice once', async () => {
        const [a, b] = (await harness.connect(2)) as [string, string];
        expect(await disconnect([])).toEqual(DELIVERED);
        expect(await disconnect([], harness.failingAddress)).toEqual(DELIVERED);
        expect(await disconnect([a, a])).toEqual(DELIVERED);
        expect(await push([b], messages(1))).toEqual(DELIVERED);
      });

      it('any number of recipients', async () => {
        const ids = await harness.connect(500);
        const gone = await harness.gone(24_500);
        const report = await disconnect([...gone.slice(0, 12_000), ...ids, ...gone.slice(12_000)]);
        expect({ ...report, gone: report.gone.length }).toEqual({ ...DELIVERED, gone: 24_500 });
        expect([...report.gone].sort()).toEqual([...gone].sort());
        expect((await push(ids, messages(1))).gone).toHaveLength(500);
      }, 120_000);

      it.each([1, 3])('%i recipients in vain where the address does not work', async (count) => {
        const ids = await harness.connect(count);
        const { failed, ...rest } = await disconnect(ids, harness.failingAddress);
        expect(rest).toEqual({ gone: [], slow: [] });
        expect(failed.flatMap(({ connectionIds }) => connectionIds).sort()).toEqual([...ids].sort());
        for (const { reason } of failed) expect(reason).not.toContain(harness.failingAddress);
        expect(await push(ids, messages(1))).toEqual(DELIVERED);
      });
    });

    if (once) {
      it.each([1, 3])('gives a message that is repeated once, to %i clients', async (count) => {
        const ids = await harness.connect(count);
        for (const all of [['a'], ['a'], ['a', 'b'], ['b', 'c'], ['c']]) {
          expect(
            await push(
              ids,
              all.map((id) => message(id)),
            ),
          ).toEqual(DELIVERED);
        }
        await push(ids, [message('end')]);
        await expectReceived(
          ids,
          ['a', 'b', 'c', 'end'].map((id) => message(id)),
        );
      });
    }
  });
}
