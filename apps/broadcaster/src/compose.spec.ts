import { Broadcaster } from '@sendback/domain/messaging';
import { MemoryLog } from '@sendback/domain/runtime/testing';
import { composeBroadcaster } from './compose';
import { readConfig } from './config';

const environment = {
  DATABASE_URL: 'sqlite:unused.db',
  SENDBACK_URL: 'http://127.0.0.1:8081/api-1',
  QUEUE_URL: 'database:',
};

describe('the broadcaster', () => {
  it('is wired', () => {
    const container = composeBroadcaster(readConfig(environment), new MemoryLog());
    expect(container.get(Broadcaster)).toBeInstanceOf(Broadcaster);
  });

  it('names every variable that is missing', () => {
    expect(() => readConfig({})).toThrow(
      'DATABASE_URL is missing\nSENDBACK_URL is missing\nQUEUE_URL is missing',
    );
  });
});
