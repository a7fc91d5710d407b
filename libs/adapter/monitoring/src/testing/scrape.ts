import type { Metrics } from '../metrics';

const SAMPLE = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?|[+-]Inf|Nan)$/i;
const LABEL = /([a-z_][a-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)",?/giy;
const COMMENT = /^# (HELP [a-z_:][a-z0-9_:]* .+|TYPE [a-z_:][a-z0-9_:]* (counter|gauge|histogram|summary))$/i;

/** Reads Prometheus' text format: samples as `name{label="…"}`, without the label `app`, and labels in their order. */
export function parse(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || COMMENT.test(line)) continue;
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === undefined) throw new Error(`not a sample: ${line}`);
    const key = `${name}{${labelsOf(labels)}}`;
    if (samples.has(key)) throw new Error(`twice: ${line}`);
    samples.set(key, Number(value));
  }
  return samples;
}

/** The samples whose name begins so, without the buckets and sums of histograms, which depend on time. */
export async function scrape(metrics: Metrics, prefix: string): Promise<Record<string, number>> {
  const samples = [...parse(await metrics.text())];
  return Object.fromEntries(
    samples.filter(([key]) => key.startsWith(prefix) && !/^[a-z_]+_(bucket|sum)\{/.test(key)),
  );
}

function labelsOf(text: string): string {
  const labels = [...text.matchAll(LABEL)];
  if (labels.map(([all]) => all).join('') !== text) throw new Error(`not labels: ${text}`);
  return labels
    .filter(([, name]) => name !== 'app')
    .map(([, name = '', value = '']) => `${name}="${value}"`)
    .join(',');
}
