import { lambdas, lossAt, type Curve } from '../playground/curve.js';
import { document, label, path } from './svg.js';

/** Loss along the line between two trained networks, before and after B's neurons were moved onto A's. */
export function barrierFigure(trained: Curve, aligned: Curve): string {
  const [width, height] = [560, 260];
  const top = Math.ceil(10 * Math.max(...trained.loss)) / 10;
  const x = (lambda: number): number => 60 + 470 * lambda;
  const y = (loss: number): number => 215 - 185 * (loss / top);
  const line = ({ loss }: Curve, style: string): string =>
    path(
      loss.map((value, i) => [x(lambdas[i]!), y(value)]),
      style,
    );
  const chord = (at: number): number => (1 - at) * trained.loss[0]! + at * trained.loss.at(-1)!;
  const rise = trained.loss.map((loss, i) => loss - chord(lambdas[i]!));
  const worst = lambdas[rise.indexOf(Math.max(...rise))]!;
  const description = `Test loss between two networks. As trained: ${told(trained)}. With B aligned to A: ${told(aligned)}.`;
  return document(width, height, description, [
    ...[0, top / 2, top].flatMap((loss) => [
      path(
        [
          [x(0), y(loss)],
          [x(1), y(loss)],
        ],
        'line',
      ),
      label(52, y(loss) + 4, loss.toFixed(2), { anchor: 'end', soft: true }),
    ]),
    path(
      [
        [x(0), y(chord(0))],
        [x(1), y(chord(1))],
      ],
      'stroke-soft dash',
    ),
    line(trained, 'stroke-a thick'),
    line(aligned, 'stroke-b thick'),
    path(
      [
        [x(worst), y(chord(worst))],
        [x(worst), y(lossAt(trained, worst))],
      ],
      'stroke-soft',
    ),
    label(x(worst) + 8, y(0.3 * trained.barrier), `barrier ${trained.barrier.toFixed(2)}`, { anchor: 'start' }),
    label(x(0), 240, 'A', {}),
    label(x(0.5), 240, 'halfway', { soft: true }),
    label(x(1), 240, 'B', {}),
    label(x(0.3), y(lossAt(trained, 0.36)), 'as trained', { anchor: 'end', soft: true }),
    label(x(0.14), y(0.08 * top), `aligned: ${aligned.barrier.toFixed(3)}`, { soft: true }),
  ]);
}

const told = ({ loss, barrier }: Curve): string =>
  `${loss[0]!.toFixed(3)} at A, ${loss[(loss.length - 1) / 2]!.toFixed(3)} halfway, ${loss.at(-1)!.toFixed(3)} at B, barrier ${barrier.toFixed(3)}`;
