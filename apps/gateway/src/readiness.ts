import { type Checks, NotReady } from '@sendback/adapter/monitoring';
import type { Database } from '@sendback/adapter/typeorm';
import { type Gateway, LedgerUnavailable } from '@sendback/domain/gateway';

/** Ready to be given clients: it lets them in, and can note them in its ledger. */
export function readinessOf({ admitClient }: Pick<Gateway, 'admitClient'>, database: Database): Checks {
  const ledger = database.access(LedgerUnavailable);
  return {
    clients: async () => {
      if (!admitClient.isOpen) throw new NotReady('starting or stopping');
    },
    ledger: () => ledger.run(({ rows }) => rows('SELECT 1')),
  };
}
