import { FunctionFailed, type TransferEvent } from '@sendback/domain/gateway';
import { functionInvokerContract, MemoryFunctionInvoker } from '@sendback/domain/gateway/testing';
import { ProcessClock } from '@sendback/domain/messaging/testing';
import { ManualClock } from '@sendback/domain/runtime/testing';
import { MeteredFunctionInvoker } from './metered-function-invoker';
import { Metrics } from './metrics';
import { scrape } from './testing/scrape';

const called = { api: '/release/websocket', function: 'transfer' } as const;
const event: TransferEvent = {
  requestContext: { requestId: 'r', stage: 'release', path: '/websocket', sourceIp: '10.0.2.14' },
  websocket: { action: 'data send', secConnectionID: 'a', dataType: 'text', data: 'x' },
};

functionInvokerContract('memory, metered', async (run) => {
  const clock = new ProcessClock();
  const invoker = new MemoryFunctionInvoker(clock, (event) => run(event as TransferEvent));
  return {
    invoker: new MeteredFunctionInvoker(invoker, called, new Metrics('test')),
    close: async () => clock.close(),
  };
});

it('calls of functions are counted and measured by their outcome', async () => {
  const metrics = new Metrics('test');
  const clock = new ManualClock();
  let run: () => unknown = () => null;
  const invoker = new MeteredFunctionInvoker(new MemoryFunctionInvoker(clock, () => run()), called, metrics);
  const call = (behaviour: () => unknown): Promise<unknown> => {
    run = behaviour;
    return invoker.invoke(event, 1_000).catch(() => undefined);
  };
  await call(() => 1);
  await call(() => 2);
  await call(() => Promise.reject(new Error('bug')));
  await call(() => Promise.reject(new FunctionFailed('no connection', true)));
  const late = call(() => new Promise(() => undefined));
  await clock.advance(1_000);
  await late;
  const count = (outcome: string): string =>
    `sendback_function_call_duration_seconds_count{api="/release/websocket",function="transfer",outcome="${outcome}"}`;
  expect(await scrape(metrics, 'sendback_')).toEqual({
    [count('ok')]: 2,
    [count('failed')]: 1,
    [count('not_started')]: 1,
    [count('timed_out')]: 1,
  });
});
