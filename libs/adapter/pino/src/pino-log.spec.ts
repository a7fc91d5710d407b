import { StorageUnavailable } from '@sendback/domain/connection';
import { PinoLog } from './pino-log';

function logged(write: (log: PinoLog) => void, level: 'info' | 'error' = 'info'): unknown[] {
  const lines: string[] = [];
  write(new PinoLog(level, { write: (line) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as unknown);
}

describe('PinoLog', () => {
  it('writes one JSON line an entry, with its level, message and fields', () => {
    expect(logged((log) => log.warn('slow client', { connectionId: 'a' }))).toEqual([
      { level: 'warn', time: expect.any(String), msg: 'slow client', connectionId: 'a' },
    ]);
  });

  it('writes an error with its code and its causes', () => {
    const error = new StorageUnavailable('cannot write', { cause: new Error('disk full') });
    expect(logged((log) => log.error('failed', { error }))).toMatchObject([
      { error: { code: 'storage_unavailable', message: 'cannot write', cause: { message: 'disk full' } } },
    ]);
  });

  it('leaves out what is below its level', () => {
    expect(logged((log) => log.info('hello'), 'error')).toEqual([]);
  });
});
