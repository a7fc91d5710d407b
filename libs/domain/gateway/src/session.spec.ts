import { CloseCode } from './close-code';
import { FunctionFailed } from './function-invoker.port';
import { type Connected, GatewayHarness, textsOf } from './testing/gateway-harness';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const words = (count: number): string[] => Array.from({ length: count }, (_, i) => `m${i}`);

describe('a connection', () => {
  let g: GatewayHarness;
  let ann: Connected;

  beforeEach(async () => {
    g = await new GatewayHarness().started();
    ann = await g.connect();
  });

  describe('what a client says', () => {
    it('reaches the transfer function as contract §2 says', async () => {
      ann.socket.says({ dataType: 'binary', data: '/wA=', byteLength: 2 });
      await g.settle();
      expect(g.transfers).toEqual([
        {
          requestContext: {
            requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
            stage: 'release',
            path: '/websocket',
            sourceIp: '10.0.2.14',
          },
          websocket: { action: 'data send', secConnectionID: ann.id, dataType: 'binary', data: '/wA=' },
        },
      ]);
    });

    it.each([
      ['its trace context', `{"action":"broadcast","data":1,"traceparent": "${TRACEPARENT}"}`, TRACEPARENT],
      ['none that is malformed', `{"traceparent":"${TRACEPARENT.replace('4', 'X')}"}`, undefined],
      ['none where there is none', 'traceparent', undefined],
    ])('carries on %s', async (_, data, traceparent) => {
      ann.socket.says({ dataType: 'text', data, byteLength: data.length });
      await g.settle();
      expect(g.transfers[0]?.requestContext.traceparent).toBe(traceparent);
    });

    it('is handed over one at a time in the order it came, whatever each takes', async () => {
      const waits = words(40).map((_, i) => (i * 37) % 23);
      let running = 0;
      let most = 0;
      g.onTransfer = () => {
        most = Math.max(most, ++running);
        const ms = waits[g.transfers.length - 1] ?? 0;
        return new Promise<null>((resolve) => {
          g.clock.after(ms, () => {
            running--;
            resolve(null);
          });
        });
      };
      for (const word of words(40)) g.says(ann.socket, word);
      await g.clock.advance(2_000);
      expect(g.handedOver).toEqual(words(40));
      expect(most).toBe(1);
    });

    it('does not wait for other connections', async () => {
      const bob = await g.connect();
      g.onTransfer = ({ websocket }) =>
        websocket.secConnectionID === ann.id ? new Promise(() => undefined) : null;
      g.says(ann.socket, 'slow');
      for (const word of words(5)) g.says(bob.socket, word);
      await g.settle();
      expect(g.handedOver).toEqual(['slow', ...words(5)]);
    });

    it('gets a request id of its own each', async () => {
      for (const word of words(3)) g.says(ann.socket, word);
      await g.settle();
      expect(new Set(g.transfers.map(({ requestContext }) => requestContext.requestId)).size).toBe(3);
    });

    it.each([
      ['messages', 64, 1],
      ['bytes', 2, 1024 * 1024],
    ])(
      'stops being read at the limit of %s, and is read on when half is done',
      async (_, count, byteLength) => {
        const answers: (() => void)[] = [];
        g.onTransfer = () => new Promise<void>((resolve) => void answers.push(resolve));
        for (const word of words(count - 1)) g.says(ann.socket, word, byteLength);
        expect(ann.socket.paused).toBe(false);
        g.says(ann.socket, 'full', byteLength);
        expect(ann.socket.paused).toBe(true);
        for (let done = 0; done < count / 2; done++) {
          expect(ann.socket.paused).toBe(true);
          await g.settle();
          answers.shift()?.();
          await g.settle();
        }
        expect(ann.socket.paused).toBe(false);
      },
    );
  });

  describe('when the transfer function fails', () => {
    const flaky = (failures: number, retryable: boolean) => () => {
      if (g.transfers.length <= failures) throw new FunctionFailed('no', retryable);
      return null;
    };

    it('repeats up to three times with the same request id, where it certainly did not start', async () => {
      g.onTransfer = flaky(3, true);
      g.says(ann.socket, 'a');
      g.says(ann.socket, 'b');
      await g.settle();
      await g.clock.advance(1_000);
      expect(g.handedOver).toEqual(['a', 'a', 'a', 'a', 'b']);
      expect(new Set(g.transfers.slice(0, 4).map((event) => event.requestContext.requestId)).size).toBe(1);
      expect(ann.socket.closeFrame).toBeNull();
    });

    it('closes the client with 1011 when that did not help, and drops what waited behind', async () => {
      g.onTransfer = flaky(99, true);
      g.says(ann.socket, 'a');
      g.says(ann.socket, 'b');
      await g.settle();
      await g.clock.advance(1_000);
      expect(g.handedOver).toEqual(['a', 'a', 'a', 'a']);
      expect(ann.socket.closeFrame?.code).toBe(1011);
      expect(g.cleanups.map(({ websocket }) => websocket.closeCode)).toEqual(['1011']);
    });

    it('closes the client at once when the function may have started', async () => {
      g.onTransfer = flaky(99, false);
      g.says(ann.socket, 'a');
      await g.settle();
      expect(g.handedOver).toEqual(['a']);
      expect(ann.socket.closeFrame?.code).toBe(1011);
    });

    it('closes the client when the function does not answer in time', async () => {
      g.onTransfer = () => new Promise(() => undefined);
      g.says(ann.socket, 'a');
      await g.clock.advance(3_000);
      expect(g.handedOver).toEqual(['a']);
      expect(ann.socket.closeFrame?.code).toBe(1011);
    });
  });

  describe('its end', () => {
    const ends: [string, () => unknown, string, string][] = [
      ['the client closed', () => ann.socket.closes(1000, 'bye'), '1000', 'bye'],
      ['the client closed without a code', () => ann.socket.closes(1005, ''), '1005', ''],
      ['the connection broke', () => ann.socket.vanishes(), '1006', ''],
      ['it broke the protocol', () => ann.socket.closes(CloseCode.tooBig, ''), '1009', ''],
      ['the application closed it', () => g.close(ann.id), '1000', 'closed by the application'],
      ['it said nothing for too long', () => g.clock.advance(600_000), '4000', 'idle'],
      ['the gateway stopped', () => g.gateway.drain({ windowMs: 0, graceMs: 5_000 }), '1001', 'going away'],
    ];

    it.each(ends)('when %s calls cleanup once', async (_, end, closeCode, closeReason) => {
      await end();
      await g.settle();
      expect(g.cleanups).toEqual([
        {
          requestContext: { requestId: expect.any(String) as string },
          websocket: { action: 'closing', secConnectionID: ann.id, closeCode, closeReason },
        },
      ]);
      expect(g.live.sessions.size).toBe(0);
      await g.clock.advance(60_000);
      expect(g.cleanups).toHaveLength(1);
      expect(await g.leftInLedger()).toEqual([]);
    });

    it('when its peer does not answer a ping calls cleanup once', async () => {
      ann.socket.responsive = false;
      await g.clock.advance(59_999);
      expect(g.cleanups).toEqual([]);
      await g.clock.advance(1_001);
      expect(g.cleanups.map(({ websocket }) => websocket)).toEqual([
        expect.objectContaining({ closeCode: '1006', closeReason: 'no answer to ping' }),
      ]);
    });

    it('comes to the functions after all that the client said', async () => {
      const order: string[] = [];
      g.onTransfer = async ({ websocket }) => {
        await new Promise<void>((resolve) => void g.clock.after(10, resolve));
        order.push(websocket.data);
      };
      g.onCleanup = () => order.push('cleanup');
      for (const word of words(5)) g.says(ann.socket, word);
      ann.socket.closes(1000, '');
      await g.clock.advance(100);
      expect(order).toEqual([...words(5), 'cleanup']);
    });

    it('comes within the time-outs of the functions, even if they hang', async () => {
      g.onTransfer = () => new Promise(() => undefined);
      for (const word of words(5)) g.says(ann.socket, word);
      ann.socket.vanishes();
      await g.clock.advance(3_000);
      expect(g.handedOver).toEqual(['m0']);
      expect(g.cleanups).toHaveLength(1);
    });

    it('is told again and again, with the same request id, until the function answered', async () => {
      const at: number[] = [];
      const start = g.clock.now();
      g.onCleanup = () => {
        at.push(g.clock.now() - start);
        if (at.length < 12) throw new Error('down');
      };
      ann.socket.vanishes();
      await g.settle();
      await g.clock.advance(300_000);
      const gaps = at.slice(1).map((time, i) => time - (at[i] ?? 0));
      expect(gaps).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
      expect(new Set(g.cleanups.map(({ requestContext }) => requestContext.requestId)).size).toBe(1);
      expect(await g.leftInLedger()).toEqual([]);
    });

    it('stays in the ledger until the function answered', async () => {
      g.onCleanup = () => {
        throw new Error('down');
      };
      ann.socket.vanishes();
      await g.clock.advance(10_000);
      expect(await g.leftInLedger()).toEqual([ann.id]);
    });

    it('is struck out of a ledger that was unavailable for a while', async () => {
      const remove = jest.spyOn(g.ledger, 'remove').mockRejectedValue(new Error('down'));
      ann.socket.vanishes();
      await g.clock.advance(5_000);
      remove.mockRestore();
      await g.clock.advance(30_000);
      expect(await g.leftInLedger()).toEqual([]);
      expect(g.cleanups).toHaveLength(1);
    });

    it('of thousands at once is told to the function, some at a time', async () => {
      const all = await Promise.all(Array.from({ length: 2_000 }, () => g.connect()));
      let running = 0;
      let most = 0;
      g.onCleanup = async () => {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => void g.clock.after(1, resolve));
        running--;
      };
      for (const { socket } of all) socket.vanishes();
      for (let i = 0; i < 40; i++) await g.clock.advance(1);
      expect(g.cleanups).toHaveLength(2_000);
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(64);
    });
  });

  describe('time', () => {
    it('stays open as long as messages come within the backend timeout', async () => {
      for (let i = 0; i < 5; i++) {
        await g.clock.advance(599_000);
        g.says(ann.socket, 'here');
      }
      expect(ann.socket.closeFrame).toBeNull();
    });

    it('is not kept open by pongs or by what is pushed', async () => {
      for (let i = 0; i < 60; i++) {
        await g.clock.advance(10_000);
        await g.push([ann.id], 'x');
      }
      expect(ann.socket.closeFrame?.code).toBe(CloseCode.idle);
    });

    it('takes parts of a message for signs of life, and is closed as idle when it is never complete', async () => {
      ann.socket.responsive = false;
      for (let i = 0; i < 599; i++) {
        await g.clock.advance(1_000);
        if (i % 29 === 0) ann.socket.sends(1);
      }
      expect(g.live.sessions.size).toBe(1);
      await g.clock.advance(1_000);
      expect(ann.socket.closeFrame).toEqual({ code: CloseCode.idle, reason: 'idle' });
    });

    it('pings every 30 s', async () => {
      await g.clock.advance(121_000);
      expect(ann.socket.pings).toBe(4);
    });

    it('takes a message for a sign of life', async () => {
      ann.socket.responsive = false;
      for (let i = 0; i < 10; i++) {
        await g.clock.advance(20_000);
        g.says(ann.socket, 'here');
      }
      expect(g.live.sessions.size).toBe(1);
    });

    it('does not hold against a client what it could not say while it was not read', async () => {
      let answer: () => void = () => undefined;
      g = await new GatewayHarness({ limits: { inboxMessages: 1, heartbeatMs: 1_000 } }).started();
      ann = await g.connect();
      ann.socket.responsive = false;
      g.onTransfer = () => new Promise<void>((resolve) => (answer = resolve));
      g.says(ann.socket, 'a');
      await g.clock.advance(2_900);
      answer();
      await g.settle();
      await g.clock.advance(100);
      expect(g.live.sessions.size).toBe(1);
      expect(ann.socket.paused).toBe(false);
    });
  });

  describe('its details', () => {
    it('say what it is, what went through it, and what waits', async () => {
      const openedAt = g.clock.now();
      g.onTransfer = () => new Promise(() => undefined);
      await g.clock.advance(1_000);
      g.says(ann.socket, 'abc');
      g.says(ann.socket, 'de');
      ann.socket.stopsReading();
      await g.push([ann.id], 'xyz', 'z');
      await g.clock.advance(500);
      expect(ann.session.details(g.clock.now())).toEqual({
        connectionId: ann.id,
        sourceIp: '10.0.2.14',
        state: 'open',
        openedAt,
        idleMs: 500,
        received: { messages: 2, bytes: 5 },
        sent: { messages: 2, bytes: 4 },
        waiting: 2,
        buffered: 4,
      });
    });

    it('count its idleness from its beginning until the client says something', async () => {
      await g.clock.advance(700);
      expect(ann.session.details(g.clock.now())).toMatchObject({ idleMs: 700, waiting: 0, buffered: 0 });
    });
  });

  it('takes nothing more once it is closing', async () => {
    ann.socket.responsive = false;
    ann.session.close(CloseCode.goingAway, 'going away');
    g.says(ann.socket, 'late');
    await g.settle();
    expect(g.handedOver).toEqual([]);
    expect(await g.push([ann.id], 'x')).toEqual({ gone: [ann.id], slow: [] });
  });

  it('keeps the code it began to close with', async () => {
    ann.socket.responsive = false;
    ann.session.close(CloseCode.goingAway, 'going away');
    ann.session.close(CloseCode.idle, 'idle');
    ann.socket.vanishes();
    await g.settle();
    expect(g.cleanups[0]?.websocket).toMatchObject({ closeCode: '1001', closeReason: 'going away' });
    expect(textsOf(ann.socket)).toEqual([]);
  });
});
