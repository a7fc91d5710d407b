import { Metrics } from './metrics';
import { parse, scrape } from './testing/scrape';

const definition = { name: 'sendback_x', help: 'x', labelNames: [] } as const;

describe('the metrics of an app', () => {
  it('are text that Prometheus reads, with those of the process, and name the app', async () => {
    const metrics = new Metrics('broadcaster');
    metrics.counter({ ...definition, labelNames: ['what'] }).inc({ what: 'a "quoted" \\ \n thing' }, 2);
    metrics.histogram({ ...definition, name: 'sendback_y_seconds' }).observe(0.003);
    const text = await metrics.text();
    expect(metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect([...parse(text).keys()]).toEqual(
      expect.arrayContaining([
        'sendback_x{what="a \\"quoted\\" \\\\ \\n thing"}',
        'sendback_y_seconds_bucket{le="0.005"}',
        'sendback_y_seconds_count{}',
        'process_resident_memory_bytes{}',
        'nodejs_eventloop_lag_p99_seconds{}',
      ]),
    );
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    for (const line of samples) expect(line).toContain('app="broadcaster"');
  });

  it('measure from half a millisecond to ten seconds', async () => {
    const metrics = new Metrics('test');
    metrics.histogram(definition).observe(0.0004);
    metrics.histogram(definition).observe(9);
    const samples = parse(await metrics.text());
    expect(samples.get('sendback_x_bucket{le="0.0005"}')).toBe(1);
    expect(samples.get('sendback_x_bucket{le="5"}')).toBe(1);
    expect(samples.get('sendback_x_bucket{le="10"}')).toBe(2);
  });

  it('are apart from those of another app in the same process', async () => {
    const [one, other] = [new Metrics('one'), new Metrics('other')];
    one.counter(definition).inc();
    one.counter(definition).inc();
    expect(await scrape(one, 'sendback_')).toEqual({ 'sendback_x{}': 2 });
    expect(await scrape(other, 'sendback_')).toEqual({});
  });

  it('ask for figures when they are scraped', async () => {
    const metrics = new Metrics('test');
    let figures: [string, number][] = [
      ['a', 1],
      ['b', 2],
    ];
    const samples = () => figures.map(([what, value]) => ({ labels: { what }, value }));
    metrics.gauge({ ...definition, labelNames: ['what'] }, async () => samples());
    metrics.total({ ...definition, name: 'sendback_y_total', labelNames: ['what'] }, samples);
    await scrape(metrics, '');
    figures = [['b', 3]];
    expect(await scrape(metrics, 'sendback_')).toEqual({
      'sendback_x{what="b"}': 3,
      'sendback_y_total{what="b"}': 3,
    });
  });

  it('leave out a figure that cannot be had, and show the others', async () => {
    const metrics = new Metrics('test');
    metrics.counter({ ...definition, name: 'sendback_fine_total' }).inc();
    let works = true;
    metrics.gauge(definition, async () => {
      if (works) return [{ labels: {}, value: 7 }];
      throw new Error('down');
    });
    expect(await scrape(metrics, 'sendback_')).toEqual({ 'sendback_fine_total{}': 1, 'sendback_x{}': 7 });
    works = false;
    expect(await scrape(metrics, 'sendback_')).toEqual({ 'sendback_fine_total{}': 1 });
  });
});
