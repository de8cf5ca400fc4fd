import { document, label, path, round } from './svg.js';

const colors = ['a', 'b', 'c'] as const;

/** One network with three hidden neurons in a given order; every neuron takes its weights along. */
function network(left: number, order: readonly number[], title: string): string[] {
  const inputs = [70, 130];
  const hidden = [50, 100, 150];
  const lines = order.flatMap((neuron, place) => [
    ...inputs.map((y) =>
      path(
        [
          [left, y],
          [left + 80, hidden[place]!],
        ],
        `stroke-${colors[neuron]!} thick`,
      ),
    ),
    path(
      [
        [left + 80, hidden[place]!],
        [left + 160, 100],
      ],
      `stroke-${colors[neuron]!} thick`,
    ),
  ]);
  const dot = (x: number, y: number, fill: string): string => `<circle class="fill-${fill}" cx="${round(x)}" cy="${round(y)}" r="9"/>`;
  return [
    label(left + 80, 22, title),
    ...lines,
    ...inputs.map((y) => dot(left, y, 'soft')),
    ...order.map((neuron, place) => dot(left + 80, hidden[place]!, colors[neuron]!)),
    dot(left + 160, 100, 'soft'),
  ];
}

/** Two orders of the same neurons: other weights, the same function. */
export const symmetryFigure = (): string =>
  document(560, 190, 'Two networks with the same three hidden neurons in two orders: each neuron takes its weights along.', [
    ...network(40, [0, 1, 2], 'network A'),
    label(280, 105, '='),
    ...network(340, [2, 0, 1], 'the same function'),
    label(120, 182, 'neurons in order 1 2 3', { soft: true }),
    label(420, 182, 'neurons in order 3 1 2', { soft: true }),
  ]);
