import { LedgerUnavailable } from '@sendback/domain/gateway';
import type { Access } from './database/database';
import { SessionAdditions } from './session-additions';

const session = (connectionId: string) => ({ connectionId, apiId: 'a', cleanupRequestId: 'c', openedAt: 0 });

it('sessions that wait for a statement which fails are not left to wait for the next one', async () => {
  let fail: (error: Error) => void = () => undefined;
  const run = jest.fn(() => new Promise<never>((_, reject) => (fail = reject)));
  const additions = new SessionAdditions({ run } as unknown as Access, { nodeId: 'a', epoch: 1 });
  const adding = Array.from({ length: 2_000 }, (_, n) => additions.add(session(String(n))));
  fail(new LedgerUnavailable('down'));
  for (const { status } of await Promise.allSettled(adding)) expect(status).toBe('rejected');
  expect(run).toHaveBeenCalledTimes(1);
  void additions.add(session('later'));
  expect(run).toHaveBeenCalledTimes(2);
});
