import { describe, expect, test } from '@jest/globals';
import { parseHTML } from 'linkedom';
import { sampleBarriers, samplePaths, sampleTraining } from '../sample-report.fixture.js';
import { composeSvg } from '../svg/compose.js';
import { bandsFigure } from './bands.js';
import { linesFigure } from './lines.js';
import { planeFigure } from './plane.js';

const parse = (svg: string) => parseHTML(`<html><body>${svg}</body></html>`).document;
const lines = (svg: string) => [...parse(svg).querySelectorAll('g[data-mark="line"] path')];
const axes = { title: 'Title', xLabel: 't', yLabel: 'loss' };

describe('bands', () => {
  test('a panel per setting, all with the same vertical axis, a line and a band per series', () => {
    const { panels } = samplePaths().figure;
    expect(panels.map((panel) => panel.title)).toEqual(
      ['standard', 'w, fixed scale 0', 'w, fixed scale 1', 'syre, fixed scale 1'].map((name) => `breaking ${name}`),
    );
    const [first] = panels.map(({ svg }) => parse(svg));
    expect(lines(panels[0]!.svg)).toHaveLength(3);
    expect(first!.querySelectorAll('g[data-mark="area"] path')).toHaveLength(3);
    const ticks = panels.map(({ svg }) => parse(svg).querySelector('[data-mark="y-axis tick label"]')!.textContent);
    expect(new Set(ticks).size).toBe(1);
  });

  test('the line passes through the mean of the rows', () => {
    const rows = [1, -1].flatMap((sign) => [0, 0.5, 1].map((x) => ({ panel: 'p', series: 's', x, y: sign * x })));
    const [mean] = lines(bandsFigure(rows, axes).panels[0]!.svg);
    const heights = [...mean!.getAttribute('d')!.matchAll(/,([\d.]+)/g)].map((match) => Number(match[1]));
    expect([heights.length, new Set(heights).size]).toEqual([3, 1]);
  });

  test('a series whose name is a colour still has the colour of its legend', () => {
    for (const series of ['none', 'red']) {
      const { panels, legend } = bandsFigure(
        [0, 1].map((x) => ({ panel: 'p', series, x, y: x })),
        axes,
      );
      for (const line of lines(panels[0]!.svg)) expect(line.closest('[stroke]')!.getAttribute('stroke')).toBe(legend[0]!.color);
    }
  });

  test('values that are not finite leave the rest drawn; no rows give a figure without panels', () => {
    const rows = [NaN, 0, 1].map((y, x) => ({ panel: 'p', series: 's', x, y }));
    expect(composeSvg(bandsFigure(rows, axes))).not.toContain('NaN');
    expect(bandsFigure([], axes).panels).toEqual([]);
    expect(composeSvg(bandsFigure([], axes))).toContain('<svg');
  });
});

describe('files', () => {
  const samples = { paths: samplePaths, barriers: sampleBarriers, training: sampleTraining };

  test.each(Object.entries(samples))('%s are one titled SVG with a legend that loads nothing', (_, sample) => {
    const svg = composeSvg(sample(undefined, 'Title').figure);
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
    expect(svg).toContain('<title>Title</title>');
    expect(svg.match(/role="img"/g)!.length).toBe(5);
    expect(/href|url\((?!#)|<script|@import/.test(svg)).toBe(false);
  });

  test.each(Object.entries(samples))('hostile names in %s stay text, and no control character gets into the XML', (_, sample) => {
    const hostile = '</text><script>alert(1)</script>"\'&\u0000\u001b';
    const svg = composeSvg(sample([hostile, 'other'], hostile).figure);
    expect(parse(svg).querySelectorAll('script')).toHaveLength(0);
    expect(/<script|\p{Cc}(?<!\n)/u.test(svg)).toBe(false);
  });
});

describe('lines', () => {
  const rows = ['a', 'b'].flatMap((panel) =>
    ['x', 'y'].flatMap((series) => [0, 1, 2].map((x) => ({ panel, series, x, y: series === 'x' ? x : -x }))),
  );
  test('a panel per panel, a line per series; logarithmic axes leave out what is not positive', () => {
    const figure = linesFigure(rows, axes);
    expect(figure.panels.map((panel) => lines(panel.svg).length)).toEqual([2, 2]);
    expect(figure.legend.map(({ name }) => name)).toEqual(['x', 'y']);
    const logarithmic = linesFigure(rows, { ...axes, xScale: 'log', yScale: 'log' });
    expect(logarithmic.panels.map((panel) => lines(panel.svg).length)).toEqual([1, 1]);
    expect(linesFigure([{ panel: 'a', series: 'x', x: NaN, y: 1 }], axes).panels).toEqual([]);
  });
  test('shows the points of short lines, and lines of one point', () => {
    const dots = (svg: string) => parse(svg).querySelectorAll('g[data-mark="dot"] circle').length;
    const long = Array.from({ length: 40 }, (_, x) => ({ panel: 'a', series: 'long', x, y: x }));
    expect(dots(linesFigure([...long, { panel: 'a', series: 'short', x: 3, y: 3 }], axes).panels[0]!.svg)).toBe(1);
  });
  test('leaves rounding errors of 0 out of a logarithmic axis', () => {
    const rising = [1e-31, 1, 10, 1e-33].map((y, x) => ({ panel: 'a', series: 'x', x, y }));
    expect(linesFigure(rising, { ...axes, yScale: 'log' }).panels[0]!.svg).not.toContain('1e-');
  });
  test('labels logarithmic axes with powers of ten, or round numbers where there are few', () => {
    const ticks = (low: number, high: number) => {
      const { panels } = linesFigure(
        [low, high].map((y) => ({ panel: 'a', series: 'x', x: 1, y })),
        { ...axes, yScale: 'log' },
      );
      return [...parse(panels[0]!.svg).querySelectorAll('g[data-mark="y-axis tick label"] text')].map((tick) => tick.textContent);
    };
    expect(ticks(1e-3, 10)).toEqual(['0.001', '0.01', '0.1', '1', '10']);
    expect(ticks(0.02, 0.6)).toEqual(['0.02', '0.05', '0.1', '0.2', '0.5']);
    expect(ticks(1.2, 1.4)).toEqual(['1.2', '1.3', '1.4']);
    expect(ticks(1e-12, 1e6)).toEqual(['1e-12', '1e-8', '1e-4', '1', '10000']);
  });
  test('leaves room for the labels of a narrow range', () => {
    const { panels } = linesFigure(
      [2.212951, 2.212959].map((y) => ({ panel: 'a', series: 'x', x: y, y })),
      axes,
    );
    const [tick] = parse(panels[0]!.svg).querySelectorAll('g[data-mark="y-axis tick"] path');
    const at = Number(/translate\(([\d.]+)/.exec(tick!.getAttribute('transform')!)![1]);
    expect(at).toBeGreaterThan(7 * '2.212952'.length);
  });
  test('the diagonal crosses the panel', () => {
    const below = [1, 2, 9].map((x) => ({ panel: 'a', series: 'x', x, y: 1 }));
    const [line] = lines(linesFigure(below, { ...axes, dots: true, diagonal: true }).panels[0]!.svg);
    const ends = [...line!.getAttribute('d')!.matchAll(/[ML]([\d.]+),/g)].map((match) => Number(match[1]));
    expect(ends[1]! - ends[0]!).toBeGreaterThan(200);
  });
  test('as points, over a diagonal', () => {
    const { panels } = linesFigure(rows, { ...axes, dots: true, diagonal: true });
    expect(parse(panels[0]!.svg).querySelectorAll('g[data-mark="dot"] circle')).toHaveLength(6);
    expect(lines(panels[0]!.svg)).toHaveLength(1);
  });
});

test('a plane has a cell per value, grey where there is none, and its paths with their ends', () => {
  const rows = [0, 1, 2].flatMap((x) => [0, 1].map((y) => ({ panel: 'plane', x, y, value: x === 2 && y === 1 ? NaN : x + y })));
  const paths = [0, 1, 2].map((x) => ({ panel: 'plane', series: 'straight', x, y: 0.5 }));
  const { panels, legend } = planeFigure(rows, paths, { title: 'Title', quantity: 'loss' });
  const drawn = parse(panels[0]!.svg);
  const fills = [...drawn.querySelectorAll('g[data-mark="rect"] rect')].map((cell) => cell.getAttribute('fill'));
  expect(fills).toHaveLength(6);
  expect(fills).toContain('rgb(153,153,153)');
  expect(new Set(fills).size).toBeGreaterThan(3);
  expect(drawn.querySelectorAll('g[data-mark="dot"] circle')).toHaveLength(2);
  expect(legend.map(({ name }) => name)).toEqual(['straight', 'loss 0', 'loss 1', 'loss 2']);
});
