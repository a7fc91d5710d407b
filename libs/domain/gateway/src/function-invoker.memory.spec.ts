import { Clock, type Timer } from '@sendback/domain/runtime';
import { functionInvokerContract } from './function-invoker.contract';
import type { TransferEvent } from './events';
import { MemoryFunctionInvoker } from './function-invoker.memory';

/** The real time: the suite measures it. */
class RealClock extends Clock {
  now(): number {
    return Date.now();
  }

  after(ms: number, callback: () => void): Timer {
    const timeout = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timeout) };
  }
}

functionInvokerContract('memory', async (run) => ({
  invoker: new MemoryFunctionInvoker(new RealClock(), (event) => run(event as TransferEvent)),
  close: async () => undefined,
}));
