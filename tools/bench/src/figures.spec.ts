import { figure, judged, type Row } from './row';
import { median, shown } from './statistics';
import { tableOf } from './table';

const row = (values: readonly number[]): Row =>
  figure({ case: 'scale', variant: '10 rows', metric: 'µs' }, values);

describe('a figure', () => {
  it('is the median of its runs, with the least and the most of them', () => {
    expect(row([5, 1, 9])).toMatchObject({ ours: 5, min: 1, max: 9, holds: null });
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(() => median([])).toThrow('the median of nothing');
  });

  it.each([
    [1.79, { least: 1.8 }, false],
    [1.8, { least: 1.8 }, true],
    [1.2, { most: 1.2 }, true],
    [1.21, { most: 1.2 }, false],
    [0.7, { least: 0.8, most: 1.2 }, false],
    [Number.NaN, { most: 1.2 }, false],
  ])('of ratio %d is judged by %j: %s', (ratio, target, holds) => {
    expect(judged(row([1]), ratio, target)).toMatchObject({ ratio, holds });
  });

  it('is shown with as many digits as say something', () => {
    expect([0, 0.01234, 1.234, 12.34, 1234.5, 1_000_000].map(shown)).toEqual([
      '0',
      '0.0123',
      '1.23',
      '12.3',
      '1,235',
      '1,000,000',
    ]);
  });
});

describe('the tables', () => {
  it('are one for each case, as Markdown, with a line for each row, and say what holds', () => {
    const lines = tableOf([
      judged({ ...row([1, 2, 3]), peers: { nchan: 4 }, limit: 8 }, 0.5, { least: 1 }),
      judged({ ...row([100]), peers: { nchan: NaN } }, 1, { least: 1 }),
      { ...row([7]), case: 'idle' },
    ]);
    expect(lines).toEqual([
      'scale',
      '',
      '| variant | metric | ours | min–max | nchan | limit | ratio | target |        |',
      '| ------- | ------ | ---: | ------: | ----: | ----: | ----: | ------ | ------ |',
      '| 10 rows | µs     |    2 |     1–3 |     4 |     8 |  0.50 | ≥ 1    | MISSED |',
      '| 10 rows | µs     |  100 |         |       |       |  1.00 | ≥ 1    | holds  |',
      '',
      'idle',
      '',
      '| variant | metric | ours |',
      '| ------- | ------ | ---: |',
      '| 10 rows | µs     |    7 |',
      '',
    ]);
  });
});
