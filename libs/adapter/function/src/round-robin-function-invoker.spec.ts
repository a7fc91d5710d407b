import { FunctionFailed, type TransferEvent } from '@sendback/domain/gateway';
import { functionInvokerContract, MemoryFunctionInvoker } from '@sendback/domain/gateway/testing';
import { ManualClock } from '@sendback/domain/runtime/testing';
import { InProcessFunctionInvoker } from './in-process-function-invoker';
import { RoundRobinFunctionInvoker } from './round-robin-function-invoker';

functionInvokerContract('several hosts', async (run) => {
  const hosts = ['one', 'two'].map(
    (name) => new InProcessFunctionInvoker((event) => run(event as TransferEvent), name),
  );
  return { invoker: new RoundRobinFunctionInvoker(hosts), close: async () => undefined };
});

const event: TransferEvent = {
  requestContext: { requestId: 'r', stage: 'release', path: '/websocket', sourceIp: '10.0.2.14' },
  websocket: { action: 'data send', secConnectionID: 'abc==', dataType: 'text', data: 'hello' },
};

const didNotStart = new FunctionFailed('nobody is there', true);
const crashed = new FunctionFailed('it crashed', false);

describe('RoundRobinFunctionInvoker', () => {
  const calls: string[] = [];
  beforeEach(() => calls.splice(0));

  const host = (name: string, failure?: Error): MemoryFunctionInvoker =>
    new MemoryFunctionInvoker(new ManualClock(), () => {
      calls.push(name);
      if (failure) throw failure;
      return name;
    });

  it('calls each host in its turn', async () => {
    const invoker = new RoundRobinFunctionInvoker([host('a'), host('b'), host('c')]);
    for (let n = 0; n < 6; n++) await invoker.invoke(event, 1_000);
    expect([...calls.slice(0, 3)].sort()).toEqual(['a', 'b', 'c']);
    expect(calls.slice(3)).toEqual(calls.slice(0, 3));
  });

  it('calls the next one where a call did not start', async () => {
    const invoker = new RoundRobinFunctionInvoker([host('down', didNotStart), host('up')]);
    for (let n = 0; n < 4; n++) expect(await invoker.invoke(event, 1_000)).toBe('up');
    expect(calls.filter((name) => name === 'up')).toHaveLength(4);
  });

  it('calls no other where a call may have started', async () => {
    const invoker = new RoundRobinFunctionInvoker([host('a', crashed), host('b', crashed)]);
    await expect(invoker.invoke(event, 1_000)).rejects.toBe(crashed);
    expect(calls).toHaveLength(1);
  });

  it('fails when no host is there, after one call of each', async () => {
    const invoker = new RoundRobinFunctionInvoker([host('a', didNotStart), host('b', didNotStart)]);
    await expect(invoker.invoke(event, 1_000)).rejects.toBe(didNotStart);
    expect([...calls].sort()).toEqual(['a', 'b']);
  });
});
