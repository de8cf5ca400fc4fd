import { describe, expect, test } from '@jest/globals';
import { heatmapFigure } from './heatmap.js';

const labels = { title: 'Phase', quantity: 'barrier', xLabel: 'scale', yLabel: 'dimension' };
const cell = (x: number, y: number, value: number) => ({ panel: 'all', x, y, value });
const textsOf = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]+)</g)].map(([, text]) => text!);

describe('a heat map', () => {
  const uneven = [0, 0.25, 1, 4].flatMap((x) => [2, 8, 32].map((y) => cell(x, y, 10 * x + y)));

  test('places unevenly spaced positions in cells of one size, each with its value below', () => {
    const [panel] = heatmapFigure(uneven, { ...labels, matrix: false }).panels;
    expect(textsOf(panel!.svg).filter((text) => !Number.isNaN(Number(text)))).toEqual(['2', '8', '32', '0', '0.25', '1', '4']);
  });

  test('tells every cell by its values, the largest y on top unless it is a matrix', () => {
    const cellsOf = (matrix: boolean) => heatmapFigure(uneven, { ...labels, matrix }).panels[0]!.cells!;
    expect([cellsOf(false).ys, cellsOf(true).ys]).toEqual([
      [32, 8, 2],
      [2, 8, 32],
    ]);
    expect(Array.from(cellsOf(false).values.slice(0, 4))).toEqual([32, 34.5, 42, 72]);
  });

  test('shows the mean where rows share a cell', () => {
    const [panel] = heatmapFigure([cell(1, 1, 2), cell(1, 1, 4), cell(2, 1, 5)], labels).panels;
    expect(Array.from(panel!.cells!.values)).toEqual([3, 5]);
  });
});
