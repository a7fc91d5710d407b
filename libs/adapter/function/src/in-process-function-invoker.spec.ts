import type { TransferEvent } from '@sendback/domain/gateway';
import { functionInvokerContract } from '@sendback/domain/gateway/testing';
import type { FunctionContext } from '@sendback/domain/gateway';
import { InProcessFunctionInvoker } from './in-process-function-invoker';

functionInvokerContract('a function in this process', async (run) => ({
  invoker: new InProcessFunctionInvoker((event) => run(event as TransferEvent), 'transfer'),
  close: async () => undefined,
}));

const event: TransferEvent = {
  requestContext: { requestId: 'request-7', stage: 'release', path: '/websocket', sourceIp: '10.0.2.14' },
  websocket: { action: 'data send', secConnectionID: 'abc==', dataType: 'text', data: 'hello' },
};

describe('InProcessFunctionInvoker', () => {
  it('tells the function what the cloud would of the call', async () => {
    const contexts: FunctionContext[] = [];
    await new InProcessFunctionInvoker((_, context) => void contexts.push(context), 'transfer').invoke(
      event,
      3_000,
    );
    expect(contexts).toEqual([
      {
        request_id: 'request-7',
        function_name: 'transfer',
        function_version: '$LATEST',
        namespace: 'default',
        time_limit_in_ms: 3_000,
        memory_limit_in_mb: 128,
      },
    ]);
  });

  it('gives the function an event of its own, with keys as clients name them', async () => {
    const text = '{"queryString":{"__proto__":{"of":"a client"},"name":"ann"}}';
    const said = { ...event, ...(JSON.parse(text) as object) };
    const before = JSON.stringify(said);
    const seen: string[] = [];
    const invoker = new InProcessFunctionInvoker((given) => {
      seen.push(JSON.stringify(given));
      Object.assign(given.websocket, { data: 'other' });
      return null;
    }, 'transfer');
    await invoker.invoke(said, 3_000);
    expect([seen, JSON.stringify(said)]).toEqual([[before], before]);
  });

  it('keeps what was thrown as the cause, for the log', async () => {
    const bug = new Error('bug');
    const invoker = new InProcessFunctionInvoker(() => Promise.reject(bug), 'transfer');
    await expect(invoker.invoke(event, 3_000)).rejects.toMatchObject({
      message: 'function transfer threw',
      cause: bug,
    });
  });

  it('fails for a value that JSON cannot carry', async () => {
    const invoker = new InProcessFunctionInvoker(() => 1n, 'transfer');
    await expect(invoker.invoke(event, 3_000)).rejects.toMatchObject({
      code: 'function_failed',
      retryable: false,
    });
  });

  it('leaves no timer behind', async () => {
    jest.useFakeTimers();
    try {
      await new InProcessFunctionInvoker(() => null, 'transfer').invoke(event, 3_000);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });
});
