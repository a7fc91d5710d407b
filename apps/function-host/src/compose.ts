import { composeCleanup } from '@sendback/cleanup';
import type { Log } from '@sendback/domain/runtime';
import { composeRegister } from '@sendback/register';
import { composeTransfer } from '@sendback/transfer';
import type { Container } from 'inversify';
import type { FunctionHostConfig } from './config';

/** For the events of many connections at once. */
const POOL_SIZE = 10;

export type FunctionName = 'register' | 'transfer' | 'cleanup';

/** The function apps as they are, on one pool: what is open for one URL is shared in a process. */
export function composeFunctions(
  config: FunctionHostConfig,
  log: Log,
): Readonly<Record<FunctionName, Container>> {
  const shared = { ...config, poolSize: POOL_SIZE };
  return {
    register: composeRegister(shared, log),
    transfer: composeTransfer(shared, log),
    cleanup: composeCleanup(shared, log),
  };
}
