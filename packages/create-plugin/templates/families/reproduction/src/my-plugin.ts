import type { MeasurementRow, Reproduction } from '@basinlab/core';
import { childKey, normal } from '@basinlab/core/random';
import { z } from 'zod';

const count = z.number().int().positive();
const settings = z.strictObject({
  seed: z.number().int().nonnegative(),
  /** Widths n of the layer. */
  widths: z.array(count).min(1),
  /** Pairs of random units for each width. */
  pairs: count,
});
type Settings = z.output<typeof settings>;

/**
 * How alike two random units are: the cosine between their weights falls as 1 / sqrt(width). This figure computes its rows itself; one of trained networks gives
 * `populations` and `measurements` in place of `compute` (see docs/extending.md of Basinlab).
 */
export const myPluginReproduction: Reproduction<Settings> = {
  id: 'my-plugin',
  title: 'Random units in high dimensions',
  paper: { id: 'example', title: 'The paper that this figure is from', url: 'https://example.org' },
  where: 'Figure 1',
  summary: 'cosine between the weights of two random units against their number',
  cost: 'seconds',
  settings,
  scale: (scale): Settings => ({ seed: 1, widths: scale === 'smoke' ? [4, 64] : [4, 16, 64, 256], pairs: scale === 'paper' ? 2000 : 200 }),
  async *compute({ widths, pairs }, { key, signal, progress }) {
    const rows: MeasurementRow[] = [];
    for (const [done, width] of widths.entries()) {
      signal.throwIfAborted();
      const draw = (name: string) => normal(childKey(key, `${name} of ${width}`), pairs * width);
      const [a, b] = [draw('a'), draw('b')];
      for (let pair = 0; pair < pairs; pair++) rows.push({ width, pair, cosine: cosine(a, b, pair * width, width) });
      progress('widths', done + 1, widths.length);
    }
    yield {
      table: 'cosines',
      columns: [
        { name: 'width', summary: 'weights of a unit', role: 'axis', type: 'number' },
        { name: 'pair', summary: 'which pair', role: 'axis', type: 'number' },
        { name: 'cosine', summary: 'between the weights of both', role: 'value', type: 'number', range: [-1, 1] },
      ],
      rows,
    };
  },
  work: ({ widths, pairs }) => pairs * widths.reduce((sum, width) => sum + width, 0),
  summarize: ({ cosines }, { widths }) =>
    widths.map((width) => {
      const squares = cosines!.rows.filter((row) => row['width'] === width).map((row) => Number(row['cosine']) ** 2);
      const mean = Math.sqrt(squares.reduce((sum, square) => sum + square / squares.length, 0));
      return { quantity: 'root mean square of the cosine', width, mean, standardError: null, paper: 1 / Math.sqrt(width) };
    }),
  claims: [
    {
      statement: 'the cosine falls as the inverse root of the width',
      paper: '1 / sqrt(n)',
      rule: 'within 20% of it at every width',
      check({ rows }) {
        const ratios = rows.map(({ mean, paper }) => mean / paper!);
        return {
          ours: `${ratios.map((ratio) => ratio.toFixed(2)).join(', ')} of it`,
          holds: ratios.every((ratio) => Math.abs(ratio - 1) < 0.2),
        };
      },
    },
  ],
  figures: [{ table: 'cosines', kind: 'boxes', title: 'Cosine against width', x: 'width', y: 'cosine' }],
};

function cosine(a: Float32Array, b: Float32Array, start: number, length: number): number {
  let [product, left, right] = [0, 0, 0];
  for (let i = start; i < start + length; i++) {
    product += a[i]! * b[i]!;
    left += a[i]! ** 2;
    right += b[i]! ** 2;
  }
  return product / Math.sqrt(left * right);
}
