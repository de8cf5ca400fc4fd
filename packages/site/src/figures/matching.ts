import { document, label, round } from './svg.js';

/** How alike neurons of two networks are: cosines of their incoming weights, [n, n] row by row, rows of A and columns of B. */
export interface Likeness {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly neurons: number;
}

/** Two squares: B's neurons in their own order, and in the order that matching gives them. Only likeness is drawn, not its opposite. */
export function matchingFigure({ before, after, neurons }: Likeness): string {
  const size = 200;
  const cell = size / neurons;
  const square = (left: number, values: readonly number[]): string[] =>
    values.flatMap((value, at) => {
      if (value < 0.05) return [];
      const [row, column] = [Math.floor(at / neurons), at % neurons];
      const place = `x="${round(left + column * cell)}" y="${round(34 + row * cell)}" width="${round(cell)}" height="${round(cell)}"`;
      return `<rect class="fill-b" ${place} opacity="${value.toFixed(2)}"/>`;
    });
  const mean = (values: readonly number[]): string =>
    (Array.from({ length: neurons }, (_, i) => values[i * neurons + i]!).reduce((sum, value) => sum + value, 0) / neurons).toFixed(2);
  const description = `Cosines of the incoming weights of ${neurons} neurons of A and of B. Mean on the diagonal: ${mean(before)} in B's own order, ${mean(after)} after matching.`;
  return document(560, 290, description, [
    ...[60, 300].map((left) => `<rect class="line" x="${left}" y="34" width="${size}" height="${size}"/>`),
    ...square(60, before),
    ...square(300, after),
    label(160, 22, "B's own order"),
    label(400, 22, 'after matching'),
    label(160, 254, 'neurons of B', { soft: true }),
    label(400, 254, 'neurons of B, moved', { soft: true }),
    label(160, 276, `mean on the diagonal ${mean(before)}`),
    label(400, 276, `mean on the diagonal ${mean(after)}`),
    `<text class="soft" transform="translate(46 134) rotate(-90)" text-anchor="middle">neurons of A</text>`,
  ]);
}
