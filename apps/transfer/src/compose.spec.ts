import { TransferHandler } from '@sendback/adapter/scf';
import { ClientAction } from '@sendback/domain/messaging';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { composeTransfer } from './compose';
import { readConfig } from './config';

const environment = {
  DATABASE_URL: 'sqlite:unused.db',
  SENDBACK_URL: 'http://127.0.0.1:8081/api-1',
  QUEUE_URL: 'database:',
};

describe('the transfer function', () => {
  const container = composeTransfer(readConfig(environment), new MemoryLog());

  it('is wired', () => {
    expect(container.get(TransferHandler)).toBeInstanceOf(TransferHandler);
  });

  it('knows the actions of the contract', () => {
    const names = container.getAll(ClientAction).map(({ name }) => name);
    const contract = ['broadcast', 'send', 'join', 'leave', 'publish', 'whoami', 'online'];
    expect(names).toEqual(expect.arrayContaining(contract));
  });
});
