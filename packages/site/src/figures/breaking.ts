import { document, label, path, round } from './svg.js';

/** Barriers of pairs of one kind of network, by seed. */
export interface Barriers {
  readonly label: string;
  readonly barriers: readonly number[];
}

/** Barriers without any alignment: a mark for every pair, a line at the mean. */
export function breakingFigure(kinds: readonly Barriers[]): string {
  const [left, right] = [170, 530];
  const top = Math.max(...kinds.flatMap(({ barriers }) => barriers)) * 1.05;
  const x = (barrier: number): number => left + (right - left) * (barrier / top);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const rows = kinds.flatMap(({ label: name, barriers }, row) => {
    const y = 42 + 36 * row;
    return [
      path(
        [
          [left, y],
          [right, y],
        ],
        'line',
      ),
      label(left - 12, y + 4, name, { anchor: 'end' }),
      ...barriers.map((barrier) => `<circle class="fill-a" opacity="0.65" cx="${round(x(barrier))}" cy="${y}" r="5"/>`),
      path(
        [
          [x(mean(barriers)), y - 11],
          [x(mean(barriers)), y + 11],
        ],
        'stroke-b thick',
      ),
      label(x(mean(barriers)), y - 14, mean(barriers).toFixed(2), { soft: true }),
    ];
  });
  const description = `Barriers without alignment: ${kinds.map(({ label: name, barriers }) => `${name} ${mean(barriers).toFixed(2)}`).join(', ')} on average.`;
  const bottom = 42 + 36 * kinds.length;
  return document(560, bottom + 20, description, [
    ...rows,
    label((left + right) / 2, bottom + 6, 'loss barrier (nats), one mark per pair', { soft: true }),
  ]);
}
