import { connectPolicyContract } from './connect-policy.contract';
import { AllowEveryone } from './connect-policy.port';

const request = { connectionId: 'a', headers: {}, queryString: {} };

connectPolicyContract('everyone', async () => ({
  policy: new AllowEveryone(),
  admitted: [
    { request, userId: null },
    { request: { ...request, queryString: { token: 'x' } }, userId: null },
  ],
  refused: [],
  away: null,
  close: async () => undefined,
}));
