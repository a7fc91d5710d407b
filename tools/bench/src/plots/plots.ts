import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedPeers, requireFrom } from '../peers/npm';
import type { Row } from '../row';
import { type Chart, chartOf, widthOf } from './chart';
import { panelsOf } from './panels';

const LISTED = 'tools/bench/plots';

interface ECharts {
  setPlatformAPI(platform: { measureText(text: string, font?: string): { width: number } }): void;
  init(
    dom: null,
    theme: null,
    options: { renderer: 'svg'; ssr: true; width: number; height: number },
  ): { setOption(option: object): void; renderToSVGString(): string; dispose(): void };
}

/** Draws rows as SVG: the same rows as the same bytes, without scripts. */
export class Plots {
  private constructor(private readonly echarts: ECharts) {}

  /** @throws Error when the library cannot be installed */
  static async ready(say: (line: string) => void): Promise<Plots> {
    const echarts = requireFrom(await installedPeers(say, LISTED), 'echarts') as ECharts;
    const sizeOf = (font?: string): number => Number(/(\d+)px/.exec(font ?? '')?.[1] ?? 12);
    echarts.setPlatformAPI({ measureText: (text, font) => ({ width: widthOf(text, sizeOf(font)) }) });
    return new Plots(echarts);
  }

  /** A file CASE.svg for each case of the rows. */
  write(rows: readonly Row[], folder: string): void {
    mkdirSync(folder, { recursive: true });
    for (const [name, svg] of this.draw(rows)) writeFileSync(join(folder, `${name}.svg`), svg);
  }

  /** By case. */
  draw(rows: readonly Row[]): ReadonlyMap<string, string> {
    const plots = new Map<string, string>();
    for (const name of new Set(rows.map((row) => row.case))) {
      const panels = panelsOf(rows.filter((row) => row.case === name));
      if (panels.length > 0) plots.set(name, this.render(chartOf(name, panels)));
    }
    return plots;
  }

  private render({ width, height, option }: Chart): string {
    const chart = this.echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
    try {
      chart.setOption(option);
      return `${plain(chart.renderToSVGString())}\n`;
    } finally {
      chart.dispose();
    }
  }
}

/** Without what is there for browsers that look at it as a page: that takes most of the room, and names the run. */
function plain(svg: string): string {
  return svg
    .replace(/ (?:class|pointer-events|xml:space|ecmeta_\w+)="[^"]*"/g, '')
    .replace(/<style\b.*?<\/style>\n?/s, '');
}
