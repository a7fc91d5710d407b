import { CleanupHandler } from '@sendback/adapter/scf';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { composeCleanup } from './compose';
import { readConfig } from './config';

it('the cleanup function is wired', () => {
  const container = composeCleanup(readConfig({ DATABASE_URL: 'sqlite:unused.db' }), new MemoryLog());
  expect(container.get(CleanupHandler)).toBeInstanceOf(CleanupHandler);
});
