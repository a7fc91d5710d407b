import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figure, judged, type Row } from '../row';
import { Plots } from './plots';
import { readRows } from './saved-rows';

/** npm may have to install the library first. */
const INSTALL_MS = 240_000;

const row = (variant: string, metric: string, values: readonly number[], limit?: number): Row =>
  figure({ case: 'fanout', variant, metric }, values, limit);

const fast = { ...row('1,000 × 128 B', 'deliveries/s', [900, 1_000, 1_200], 5_000) };
const late = row('1,000 × 128 B', 'p99, ms', [16]);
const ROWS: readonly Row[] = [
  judged({ ...fast, peers: { nchan: 500, 'A < B & C': 20_000 } }, 2, { least: 3 }),
  judged({ ...fast, metric: 'deliveries/s, to A' }, 0.05, { least: 1 }),
  row('1,000 × 128 B, window 0 ms', 'deliveries/s', [700]),
  row('5,000 × 128 B', 'deliveries/s', [1_234.5]),
  judged({ ...late, peers: { nchan: 20 } }, 0.8, { most: 1.2 }),
  row('1,000 × 128 B', 'lost', [0]),
  { ...row('register', 'size, MB', [1.5]), case: 'cold' },
];

describe('the plots', () => {
  let plots: Plots;
  let drawn: ReadonlyMap<string, string>;
  const svg = (name = 'fanout'): string => drawn.get(name) ?? '';
  const textsOf = (name?: string): readonly string[] =>
    [...svg(name).matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);

  beforeAll(async () => {
    plots = await Plots.ready(() => undefined);
    drawn = plots.draw(ROWS);
  }, INSTALL_MS);

  it('are one for each case', () => {
    expect([...drawn.keys()]).toEqual(['fanout', 'cold']);
  });

  it('name the case, its metrics with their units and what is better, and every variant', () => {
    const names = ['fanout', 'deliveries/s (more is better)', 'p99, ms (less is better)', '5,000 × 128 B'];
    expect(textsOf()).toEqual(expect.arrayContaining(names));
    expect(textsOf('cold')).toEqual(expect.arrayContaining(['register', 'size, MB (less is better)', '1.5']));
  });

  it('say who is shown how: ours, peers, other settings, limit and targets', () => {
    const legend = ['Sendback (median, min–max)', 'nchan', 'A &lt; B &amp; C', 'window 0 ms', 'limit'];
    expect(textsOf()).toEqual(expect.arrayContaining([...legend, 'target: at least', 'target: at most']));
    expect(textsOf('cold').filter((text) => /limit|target/.test(text))).toEqual([]);
  });

  it('give ours as figures', () => {
    expect(textsOf()).toEqual(expect.arrayContaining(['1,000', '1,235', '16']));
  });

  it('show from where to where ours went, however far from the median', () => {
    const far = { ...row('one', 'ms', [1, 2, 90]), peers: { nchan: 3 } };
    const line = /<path d="M([\d.]+) [\d.]+L([\d.]+) [^>]*stroke-width="3"/.exec(
      plots.draw([far]).get('fanout') ?? '',
    );
    expect(Number(line?.[2]) - Number(line?.[1])).toBeGreaterThan(300);
    expect(svg().match(/stroke-width="3"/g)).toHaveLength(1);
  });

  it('show a figure with several targets once, and another setting beside it', () => {
    const lines = textsOf().filter((text) => text.startsWith('1,000 ×'));
    expect(lines).toEqual(['1,000 × 128 B', '1,000 × 128 B']);
  });

  it('leave out what is zero for everybody', () => {
    expect(svg()).not.toContain('lost');
  });

  it('have a scale of powers of ten where values lie far apart, else an even one from zero', () => {
    expect(textsOf()).toEqual(expect.arrayContaining(['100', '10,000', '100,000', '0', '5', '10']));
  });

  it('mark what the target asks for, of several the hardest', () => {
    const hard = plots.draw([judged(fast, 0.05, { least: 1 })]).get('fanout') ?? '';
    const both = plots.draw([judged(fast, 2, { least: 3 }), judged(fast, 0.05, { least: 1 })]).get('fanout');
    expect(both).toBe(hard);
  });

  it('are the same bytes for the same rows, small, and do nothing', () => {
    expect(plots.draw(ROWS)).toEqual(drawn);
    expect(svg().length).toBeLessThan(20_000);
    expect(svg()).not.toMatch(/<script|<style|<foreignObject|\son\w+=|href|NaN/);
  });

  it('are files that any browser shows', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sendback-'));
    try {
      plots.write(ROWS, join(folder, 'new'));
      expect(readdirSync(join(folder, 'new')).sort()).toEqual(['cold.svg', 'fanout.svg']);
      expect(readFileSync(join(folder, 'new/fanout.svg'), 'utf8')).toBe(svg());
      expect(svg()).toMatch(/^<svg width="880" height="\d+" xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('rows that were written to a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sendback-'));
  const file = join(folder, 'rows.json');
  const written = (content: unknown): string => {
    writeFileSync(file, JSON.stringify(content));
    return file;
  };
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are read as they were, also what is no number', () => {
    const rows = [...ROWS, { ...fast, ours: NaN, peers: { nchan: NaN } }];
    expect(readRows(written(rows))).toEqual(rows);
  });

  it('are refused where they are none, or would be drawn elsewhere', () => {
    expect(() => readRows(written({ rows: [] }))).toThrow('has no rows');
    expect(() => readRows(written([{ ...fast, ours: 'many' }]))).toThrow(/ours/);
    expect(() => readRows(written([{ ...fast, case: '../fanout' }]))).toThrow(/case/);
  });
});
