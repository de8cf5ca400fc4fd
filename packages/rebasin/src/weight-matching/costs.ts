import * as tf from '@tensorflow/tfjs-core';
import { compiled } from '@basinlab/core';
import type { Columns, Contraction, Moves, Sides } from './contraction.js';

/** The assignment costs of one group, [units of A, units of B], row-major, under the current moves of the others. */
export interface CostSource {
  /** Inner products of units; of a group with signs those of units as they are. */
  costs(moves: Moves): Promise<Float32Array>;
  /** Of a group with signs: what comes to the costs whatever the sign. */
  readonly gains?: Float32Array;
  dispose(): void;
}

/** Products below this many multiplications are done at once on the host: starting a device program costs more. */
const HOST_LIMIT = 2 ** 21;

/**
 * Costs of a group, computed where that is quicker. The host adds up in float64, a device in what its matrix product uses (float32); all
 * costs of a group come from one of the two.
 */
export function costSource(contraction: Contraction): CostSource {
  const { units, moving, constant } = contraction;
  return units * units * Math.max(moving.width, constant.width) <= HOST_LIMIT ? onHost(contraction) : onDevice(contraction);
}

const inOrder = ({ width }: Sides): Columns => ({ from: Int32Array.from({ length: width }, (_, k) => k), factors: null });

/** Costs that no sign changes; nothing for groups without signs. */
function gainsOf({ units, gains }: Contraction): { gains?: Float32Array } {
  if (gains === undefined) return {};
  const sum = new Float64Array(units * units);
  addProduct(sum, units, gains, inOrder(gains));
  return { gains: Float32Array.from(sum) };
}

function onHost(contraction: Contraction): CostSource {
  const { units, constant, moving, columnsUnder } = contraction;
  const fixed = new Float64Array(units * units);
  addProduct(fixed, units, constant, inOrder(constant));
  return {
    ...gainsOf(contraction),
    costs: async (moves) => {
      const sum = fixed.slice();
      for (const columns of columnsUnder(moves)) addProduct(sum, units, moving, columns);
      return Float32Array.from(sum);
    },
    dispose: () => undefined,
  };
}

/** sum += A B'^T where row k of B'^T is row `from[k]` of B^T, times its factor. */
function addProduct(sum: Float64Array, units: number, { width, a, bTransposed }: Sides, { from: columns, factors }: Columns): void {
  for (let i = 0; i < units; i++) {
    const row = i * units;
    for (let k = 0; k < width; k++) {
      const factor = a[i * width + k]! * (factors === null ? 1 : factors[k]!);
      const from = columns[k]! * units;
      for (let j = 0; j < units; j++) sum[row + j] = sum[row + j]! + factor * bTransposed[from + j]!;
    }
  }
}

function onDevice(contraction: Contraction): CostSource {
  const { units, constant, moving, columnsUnder } = contraction;
  const fixed =
    constant.width === 0
      ? tf.zeros([units, units])
      : tf.tidy(() =>
          tf.matMul(tf.tensor2d(constant.a, [units, constant.width]), tf.tensor2d(constant.bTransposed, [constant.width, units])),
        );
  const a = tf.tensor2d(moving.a, [units, moving.width]);
  const b = tf.tensor2d(moving.bTransposed, [moving.width, units]);
  return {
    ...gainsOf(contraction),
    costs: async (moves) => {
      if (moving.width === 0) return (await fixed.data()) as Float32Array;
      let costs = fixed;
      for (const { from, factors } of columnsUnder(moves)) {
        const columns = tf.tensor1d(from, 'int32');
        const weighed = factors === null ? a : tf.tidy(() => tf.mul(a, tf.tensor1d(factors)) as tf.Tensor2D);
        const sum = compiled(productOf, { name: 'matching-costs' })(costs, weighed, b, columns);
        tf.dispose([columns, weighed === a ? [] : weighed, costs === fixed ? [] : costs]);
        costs = sum as tf.Tensor2D;
      }
      const data = (await costs.data()) as Float32Array;
      costs.dispose();
      return data;
    },
    dispose: () => tf.dispose([fixed, a, b]),
  };
}

const productOf = (fixed: tf.Tensor, a: tf.Tensor, b: tf.Tensor, columns: tf.Tensor): tf.Tensor =>
  tf.add(fixed, tf.matMul(a as tf.Tensor2D, tf.gather(b, columns) as tf.Tensor2D));
