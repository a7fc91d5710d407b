import { StorageUnavailable } from '@sendback/domain/connection';
import { ConsoleLog } from './console-log';

function logged(write: (log: ConsoleLog) => void): unknown[] {
  const lines: string[] = [];
  write(new ConsoleLog({ write: (line) => lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as unknown);
}

describe('ConsoleLog', () => {
  it('writes one JSON line an entry, with its level, message and fields', () => {
    expect(logged((log) => log.info('two\nlines', { requestId: 'r' }))).toEqual([
      { level: 'info', time: expect.any(String), msg: 'two\nlines', requestId: 'r' },
    ]);
  });

  it('writes an error with its code and its causes', () => {
    const error = new StorageUnavailable('cannot write', { cause: new Error('disk full') });
    expect(logged((log) => log.warn('failed', { error }))).toMatchObject([
      { level: 'warn', error: { code: 'storage_unavailable', cause: { message: 'disk full' } } },
    ]);
  });

  it('does not throw over a field that JSON cannot hold', () => {
    expect(logged((log) => log.warn('odd', { connectionId: 'a', n: 1n }))).toMatchObject([
      { level: 'warn', msg: 'odd', unserialisable: ['connectionId', 'n'] },
    ]);
  });

  it('takes whatever was thrown', () => {
    expect(logged((log) => log.error('failed', { error: 'a string' }))).toMatchObject([
      { error: 'a string' },
    ]);
  });
});
