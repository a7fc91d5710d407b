import { timeOf } from './transformers';

describe('the time of a connection', () => {
  const time = Date.UTC(2020, 0, 2, 3, 4, 5);

  it.each([
    [new Date(time), time],
    ['2020-01-02 03:04:05.678', time + 678],
    ['2020-01-02 03:04:05', time],
    ['2020-01-02T03:04:05Z', time],
    ['2020-01-02 04:04:05+01:00', time],
    [time / 1_000, time],
    [time, time],
    ['last Tuesday', 0],
    ['2020-99-99 03:04:05', 0],
    [new Date('last Tuesday'), 0],
    [null, 0],
  ])('written as %p is %p', (written, milliseconds) => {
    expect(timeOf(written)).toBe(milliseconds);
  });
});
