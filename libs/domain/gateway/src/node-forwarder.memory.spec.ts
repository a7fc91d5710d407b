import { nodeForwarderContract } from './node-forwarder.contract';
import { MemoryNodeForwarder } from './node-forwarder.memory';
import { frame } from './testing/gateway-harness';

nodeForwarderContract('in memory', async (gateway) => ({
  forwarder: new MemoryNodeForwarder(new Map([['memory:', gateway]])),
  address: 'memory:',
  deserted: 'elsewhere:',
  frame,
  textOf: (bytes) => String.fromCharCode(...(bytes as Uint8Array)),
  close: async () => undefined,
}));
