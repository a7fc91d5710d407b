import { MAX_BATCH_BYTES, MAX_BATCH_MESSAGES } from './broadcast-queue.port';
import { batchLength, pauseAfter } from './redelivery';

const waiting = (count: number, bytes = 1, deliveries = 0): { bytes: number; deliveries: number }[] =>
  Array.from({ length: count }, () => ({ bytes, deliveries }));

describe('the next batch of a lane', () => {
  it.each([
    ['nothing when nothing waits', waiting(0), 0],
    ['all that waits', waiting(3), 3],
    ['the largest number there may be', waiting(MAX_BATCH_MESSAGES + 1), MAX_BATCH_MESSAGES],
    ['as much as there may be', waiting(5, MAX_BATCH_BYTES / 4), 4],
    ['one that is larger than a batch', waiting(2, 3 * MAX_BATCH_BYTES), 1],
    ['one that was handed over before, alone', [...waiting(1, 1, 1), ...waiting(5)], 1],
    [
      'only what is before one that was handed over before',
      [...waiting(2), ...waiting(1, 1, 3), ...waiting(2)],
      2,
    ],
  ])('is %s', (_, messages, length) => {
    expect(batchLength(messages)).toBe(length);
  });
});

describe('the pause after a handler threw', () => {
  it('grows from 100 ms to 30 s', () => {
    expect([1, 2, 3, 9, 10, 1_000].map(pauseAfter)).toEqual([100, 200, 400, 25_600, 30_000, 30_000]);
  });
});
