import { shown } from '../statistics';
import { type Kind, kindsOf, OURS, TEXT } from './marks';
import { type Line, type Panel, valuesOf } from './panels';

/** What a page of GitHub has room for. */
const WIDTH = 880;
const HEAD = 30;
const PANEL = { head: 34, line: 26, foot: 34 };
const LEGEND = { line: 22, mark: 12, gap: 16 };
/** For the figures at the right. */
const RIGHT = 84;
/** Values that lie further apart than this do not fit one even scale. */
const WIDE = 30;

const GRID = '#8c959f55';
const FONT = { fontFamily: 'sans-serif', fontSize: 12, color: TEXT };

/** What ECharts is to draw. */
export interface Chart {
  readonly width: number;
  readonly height: number;
  readonly option: object;
}

/** In pixels: there is no font here to measure it by, so that it is as wide as in a wide one. */
export function widthOf(text: string, fontSize = FONT.fontSize): number {
  return text.length * fontSize * 0.61;
}

/** The panels of a case below each other, with one legend. */
export function chartOf(name: string, panels: readonly Panel[]): Chart {
  const lines = panels.flatMap((panel) => panel.lines);
  const kinds = kindsOf(lines);
  const head = HEAD + legendHeightOf(kinds);
  const heights = panels.map((panel) => PANEL.head + panel.lines.length * PANEL.line + PANEL.foot);
  const tops = heights.map((_, index) => head + sum(heights.slice(0, index)));
  const left = Math.ceil(Math.max(...lines.map(({ variant }) => widthOf(variant)))) + 16;
  const each = <T>(of: (panel: Panel, index: number) => T): T[] => panels.map(of);
  const option = {
    animation: false,
    textStyle: FONT,
    title: [
      { text: name, left: 0, top: 0, textStyle: { ...FONT, fontSize: 16 } },
      ...each((panel, index) => titleOf(panel, tops[index] ?? 0)),
    ],
    legend: {
      ...{ top: HEAD - 4, left: 0, padding: 5, textStyle: FONT, data: kinds.map((kind) => kind.name) },
      ...{ itemGap: LEGEND.gap, itemWidth: LEGEND.mark, itemHeight: LEGEND.mark },
    },
    grid: each((panel, index) => ({
      ...{ left, right: RIGHT, outerBoundsMode: 'none' },
      ...{ top: (tops[index] ?? 0) + PANEL.head, height: panel.lines.length * PANEL.line },
    })),
    xAxis: each(valueAxisOf),
    yAxis: panels.flatMap((panel, index) => lineAxesOf(panel.lines, index)),
    series: panels.flatMap((panel, index) => [
      whiskersOf(panel, index),
      ...kinds.map((kind, at) => seriesOf(panel, index, kind, -at)),
    ]),
  };
  return { width: WIDTH, height: head + sum(heights), option };
}

function legendHeightOf(kinds: readonly Kind[]): number {
  const widths = kinds.map(({ name }) => widthOf(name) + LEGEND.mark + LEGEND.gap + 5);
  let [rows, used] = [1, 0];
  for (const width of widths) {
    if (used + width > WIDTH) [rows, used] = [rows + 1, 0];
    used += width;
  }
  return rows * LEGEND.line + 6;
}

function titleOf({ metric }: Panel, top: number): object {
  const better = /\/s\b/.test(metric) ? 'more is better' : 'less is better';
  return { text: `${metric} (${better})`, left: 0, top: top + 4, textStyle: { ...FONT, fontSize: 13 } };
}

function valueAxisOf({ lines }: Panel, gridIndex: number): object {
  const values = lines.flatMap(valuesOf);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return {
    gridIndex,
    type: least > 0 && most > WIDE * least ? 'log' : 'value',
    axisLabel: { ...FONT, formatter: shown, hideOverlap: true },
    axisLine: { show: false },
    // What stands at the very end would be in the way of the figures.
    boundaryGap: [0, '2%'],
    splitLine: { lineStyle: { color: GRID } },
  };
}

/** Names at the left; ours as a figure at the right. */
function lineAxesOf(lines: readonly Line[], gridIndex: number): readonly object[] {
  const axis = { gridIndex, type: 'category', inverse: true, axisTick: { show: false } };
  const line = { lineStyle: { color: GRID } };
  const label = { ...FONT, interval: 0 };
  return [
    { ...axis, axisLine: line, axisLabel: label, data: lines.map(({ variant }) => variant) },
    {
      ...{ ...axis, position: 'right', axisLine: line },
      axisLabel: { ...label, color: OURS.color, fontWeight: 'bold' },
      data: lines.map(({ ours }) => shown(ours)),
    },
  ];
}

/** @param z the higher, the nearer to who looks */
function seriesOf({ lines }: Panel, index: number, { name, look, of }: Kind, z: number): object {
  const data = lines.flatMap((line, at) => (Number.isFinite(of(line)) ? [[of(line), at]] : []));
  return { ...onPanel(index), name, data, z: 100 + z, ...look };
}

/** From the least to the most of ours; points that nobody sees make the axis as long as they want it. */
function whiskersOf({ lines }: Panel, index: number): object {
  const ends = lines.map(({ min, max }, at) => [min, max].map((value) => [value, at]));
  const apart = ends.filter((_, at) => (lines[at]?.min ?? NaN) < (lines[at]?.max ?? NaN));
  const markLine = {
    silent: true,
    symbol: 'none',
    label: { show: false },
    lineStyle: { color: OURS.color, width: 3, type: 'solid', opacity: 0.45 },
    data: apart.map((pair) => pair.map((coord) => ({ coord }))),
  };
  return { ...onPanel(index), symbol: 'none', data: apart.flat(), markLine };
}

function onPanel(index: number): object {
  return { type: 'scatter', silent: true, clip: false, xAxisIndex: index, yAxisIndex: index * 2 };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
