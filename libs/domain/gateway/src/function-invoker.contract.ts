import type { TransferEvent } from './events';
import { FunctionFailed, type FunctionInvoker, FunctionTimedOut } from './function-invoker.port';

/** The code of the function under test: what it returns or throws is what the function does. */
export type FunctionUnderTest = (event: TransferEvent) => unknown;

export interface FunctionInvokerHarness {
  readonly invoker: FunctionInvoker;
  /** Ends what stands behind the invoker; the suite closes the invoker itself. */
  close(): Promise<void>;
}

/** Long enough for any machine: a call that needs it has failed. */
const AMPLE_MS = 60_000;

const transfer = (data: string, requestId = 'request-1'): TransferEvent => ({
  requestContext: { requestId, stage: 'release', path: '/websocket', sourceIp: '10.0.2.14' },
  websocket: { action: 'data send', secConnectionID: 'abc==', dataType: 'text', data },
});

/** Resolves when `open` is called. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/**
 * What every FunctionInvoker promises.
 * @param start gives an invoker of the function whose code is `run`
 */
export function functionInvokerContract(
  name: string,
  start: (run: FunctionUnderTest) => Promise<FunctionInvokerHarness>,
): void {
  describe(`FunctionInvoker on ${name}`, () => {
    let harness: FunctionInvokerHarness;
    const invokerOf = async (run: FunctionUnderTest): Promise<FunctionInvoker> => {
      harness = await start(run);
      return harness.invoker;
    };
    afterEach(async () => {
      await harness.invoker.close();
      await harness.close();
    });

    it.each([
      ['an object', { errNo: 0, errMsg: 'ok', websocket: { action: 'connecting' } }],
      ['a string that holds JSON', '{"errNo":0}'],
      ['false', false],
      ['zero', 0],
      ['an empty string', ''],
      ['an array', [1, null, 'x']],
    ])('gives back %s', async (_, value) => {
      const invoker = await invokerOf(() => value);
      expect(await invoker.invoke(transfer('x'), AMPLE_MS)).toEqual(value);
    });

    it.each([
      ['undefined', undefined],
      ['null', null],
    ])('gives null for a function that returns %s', async (_, value) => {
      const invoker = await invokerOf(() => value);
      expect(await invoker.invoke(transfer('x'), AMPLE_MS)).toBeNull();
    });

    it('gives back a value as JSON carries it', async () => {
      const invoker = await invokerOf(() => ({ at: new Date(0), left: undefined }));
      expect(await invoker.invoke(transfer('x'), AMPLE_MS)).toStrictEqual({ at: '1970-01-01T00:00:00.000Z' });
    });

    it('waits for a function that works asynchronously', async () => {
      const invoker = await invokerOf(async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return 'later';
      });
      expect(await invoker.invoke(transfer('x'), AMPLE_MS)).toBe('later');
    });

    it('hands over the whole event', async () => {
      const invoker = await invokerOf((event) => event);
      expect(await invoker.invoke(transfer('hello'), AMPLE_MS)).toEqual(transfer('hello'));
    });

    it('leaves the event as it was, whatever the function does to its own', async () => {
      const invoker = await invokerOf((event) => {
        Object.assign(event.websocket, { data: 'changed' });
        Object.assign(event, { requestContext: null });
      });
      const event = transfer('hello');
      await invoker.invoke(event, AMPLE_MS);
      expect(event).toEqual(transfer('hello'));
    });

    it.each([
      ['Unicode', 'héllo 👩‍👩‍👧‍👦 \u0000\u2028 "quoted" \\ مرحبا'],
      ['nothing', ''],
      ['1 MiB in base64', Buffer.alloc(1024 * 1024, '\u00ff\u0001x').toString('base64')],
    ])('carries %s unchanged, there and back', async (_, data) => {
      const invoker = await invokerOf((event) => event.websocket.data);
      const answer = await invoker.invoke(transfer(data), AMPLE_MS);
      expect(answer === data).toBe(true);
    });

    it.each([
      [
        'throws',
        (): never => {
          throw new Error('bug');
        },
      ],
      ['rejects', (): Promise<never> => Promise.reject(new Error('bug'))],
      [
        'throws what is no error',
        (): never => {
          throw 'bug' as unknown as Error;
        },
      ],
    ])('fails when the function %s, which is not to be retried', async (_, run) => {
      const invoker = await invokerOf(run);
      const failure = await invoker.invoke(transfer('x'), AMPLE_MS).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(FunctionFailed);
      expect(failure).toMatchObject({ code: 'function_failed', retryable: false });
    });

    it('goes on after a failure', async () => {
      const invoker = await invokerOf((event) => {
        if (event.websocket.data === 'bad') throw new Error('bug');
        return 'fine';
      });
      await expect(invoker.invoke(transfer('bad'), AMPLE_MS)).rejects.toThrow(FunctionFailed);
      expect(await invoker.invoke(transfer('good'), AMPLE_MS)).toBe('fine');
    });

    it('times out when the time is over, and not before', async () => {
      const { opened, open } = gate();
      const invoker = await invokerOf(() => opened);
      const begun = performance.now();
      const failure = await invoker.invoke(transfer('x'), 300).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(FunctionTimedOut);
      expect(failure).toMatchObject({ code: 'function_timed_out', retryable: false });
      expect(performance.now() - begun).toBeGreaterThan(298);
      open();
    });

    it('takes the answer of a function that needs most of its time', async () => {
      const invoker = await invokerOf(() => new Promise((resolve) => setTimeout(resolve, 1_200, 'made it')));
      expect(await invoker.invoke(transfer('x'), AMPLE_MS)).toBe('made it');
    });

    it('calls once, however the call ends', async () => {
      let calls = 0;
      const { opened, open } = gate();
      const invoker = await invokerOf((event) => {
        calls++;
        if (event.websocket.data === 'throw') throw new Error('bug');
        return opened;
      });
      await expect(invoker.invoke(transfer('throw'), AMPLE_MS)).rejects.toThrow(FunctionFailed);
      expect(calls).toBe(1);
      await expect(invoker.invoke(transfer('wait'), 100)).rejects.toThrow(FunctionTimedOut);
      open();
      expect(await invoker.invoke(transfer('again'), AMPLE_MS)).toBeNull();
      expect(calls).toBeLessThanOrEqual(3);
    });

    it('answers calls that run at once in the order in which the function ends', async () => {
      const { opened, open } = gate();
      const invoker = await invokerOf((event) =>
        event.websocket.data === 'slow' ? opened.then(() => 1) : 2,
      );
      const slow = invoker.invoke(transfer('slow'), AMPLE_MS);
      expect(await invoker.invoke(transfer('quick'), AMPLE_MS)).toBe(2);
      open();
      expect(await slow).toBe(1);
    });

    it('runs a hundred calls at once and gives each its own answer', async () => {
      const { opened, open } = gate();
      let begun = 0;
      const invoker = await invokerOf(async (event) => {
        if (++begun === 100) open();
        await opened;
        return event.websocket.data;
      });
      const all = Array.from({ length: 100 }, (_, n) => String(n));
      expect(await Promise.all(all.map((data) => invoker.invoke(transfer(data), AMPLE_MS)))).toEqual(all);
    });

    it('ends the calls under way when it is closed, as often as that is', async () => {
      const { opened, open } = gate();
      const begun = gate();
      const invoker = await invokerOf(() => {
        begun.open();
        return opened;
      });
      const failure = invoker.invoke(transfer('x'), AMPLE_MS).catch((error: unknown) => error);
      await begun.opened;
      await Promise.all([invoker.close(), invoker.close()]);
      expect(await failure).toBeInstanceOf(FunctionFailed);
      expect(await failure).toMatchObject({ retryable: false });
      open();
    });

    it('calls nothing once it is closed', async () => {
      let calls = 0;
      const invoker = await invokerOf(() => {
        calls++;
      });
      await invoker.close();
      await expect(invoker.invoke(transfer('x'), AMPLE_MS)).rejects.toThrow(FunctionFailed);
      expect(calls).toBe(0);
    });
  });
}
