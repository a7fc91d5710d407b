import { functionInvokerContract } from '@sendback/domain/gateway/testing';
import { moduleOfBridge, pythonOfBridge, startBridge } from './testing/bridge';
import { FunctionFolder } from './testing/function-folder';

/** The suite has a hundred calls that must all be under way at once. */
const PROCESSES = 100;

jest.setTimeout(180_000);

functionInvokerContract('a Node.js file', async (run) => {
  const [folder, bridge] = [new FunctionFolder(), await startBridge(run)];
  return {
    invoker: folder.module(moduleOfBridge(bridge.port), { processes: PROCESSES }),
    close: async () => {
      await bridge.close();
      await folder.close();
    },
  };
});

functionInvokerContract('a Python file', async (run) => {
  const [folder, bridge] = [new FunctionFolder(), await startBridge(run)];
  return {
    invoker: folder.python(pythonOfBridge(bridge.port), { processes: PROCESSES }),
    close: async () => {
      await bridge.close();
      await folder.close();
    },
  };
});
