import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** From half a millisecond to ten seconds. */
const LATENCIES = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface Definition<L extends string> {
  /** `sendback_…`, ending in the unit; in `_total` for what only grows. */
  readonly name: string;
  readonly help: string;
  /** Of few values each, known beforehand: never an id, never what a client says. */
  readonly labelNames: readonly L[];
}

export type Samples<L extends string> = readonly {
  readonly labels: Readonly<Record<L, string>>;
  readonly value: number;
}[];

export type Read<L extends string> = () => Samples<L> | Promise<Samples<L>>;

/** The metrics of one app, in its own registry, beside those of the process (CPU, memory, event loop). */
export class Metrics {
  private readonly registry = new Registry();

  /** @param app the label `app` of every metric */
  constructor(app: string) {
    this.registry.setDefaultLabels({ app });
    collectDefaultMetrics({ register: this.registry });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** In Prometheus' text format. */
  async text(): Promise<string> {
    return this.registry.metrics();
  }

  /** That of the name, for whoever asks first to make it. */
  counter<L extends string>(definition: Definition<L>): Counter<L> {
    const known = this.registry.getSingleMetric<L>(definition.name);
    return known instanceof Counter ? known : new Counter({ ...definition, registers: [this.registry] });
  }

  /** The same, of durations in seconds. */
  histogram<L extends string>(definition: Definition<L>, buckets = LATENCIES): Histogram<L> {
    const known = this.registry.getSingleMetric<L>(definition.name);
    if (known instanceof Histogram) return known;
    return new Histogram({ ...definition, buckets, registers: [this.registry] });
  }

  /** Asks for figures when they are scraped. While `read` fails, there are none. */
  gauge<L extends string>(definition: Definition<L>, read: Read<L>): void {
    const gauge = new Gauge({
      ...definition,
      registers: [this.registry],
      collect: async () => {
        const samples = await samplesOf(read);
        gauge.reset();
        // Without labels, there would be a zero.
        gauge.remove({});
        for (const { labels, value } of samples) gauge.set(labels, value);
      },
    });
  }

  /** The same for what only grows. */
  total<L extends string>(definition: Definition<L>, read: Read<L>): void {
    const counter = new Counter({
      ...definition,
      registers: [this.registry],
      collect: async () => {
        const samples = await samplesOf(read);
        counter.reset();
        counter.remove({});
        for (const { labels, value } of samples) counter.inc(labels, value);
      },
    });
  }
}

async function samplesOf<L extends string>(read: Read<L>): Promise<Samples<L>> {
  try {
    return await read();
  } catch {
    return [];
  }
}
