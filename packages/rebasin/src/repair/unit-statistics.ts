import * as tf from '@tensorflow/tfjs-core';
import {
  createActivationRecorder,
  demand,
  disposeActivations,
  jit,
  type Graph,
  type Network,
  type Tensors,
  type Variables,
} from '@basinlab/core';
import type { RepairPlace } from './places.js';

/** Mean and deviation of every unit. */
export interface UnitStatistics {
  /** Over rows and positions, [units]. */
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** A compiled pass that takes statistics of units. */
export interface StatisticsRecorder {
  /** Statistics of the units at each place, in the order of the places. */
  of(variables: Variables, places: readonly RepairPlace[]): Promise<UnitStatistics[]>;
  dispose(): void;
}

/** Compiles the means and standard deviations of a network's units on given inputs, in evaluation mode. */
export function statisticsRecorder(
  network: Network,
  inputs: tf.Tensor,
  { batch, graph }: { batch: number; graph?: Graph | undefined },
): StatisticsRecorder {
  const recorder = createActivationRecorder(network, { sites: ['post-linear', 'post-norm'], batch, graph });
  const moments = jit(
    (x: tf.Tensor): Tensors => {
      const rows = tf.reshape(x, [-1, x.shape.at(-1)!]);
      const mean = tf.mean(rows, 0);
      return { mean, squares: tf.sum(tf.square(tf.sub(rows, mean)), 0) };
    },
    { name: 'unit-statistics' },
  );
  const merged = async (tensors: readonly tf.Tensor[]): Promise<UnitStatistics> => {
    const units = tensors[0]!.shape.at(-1)!;
    const [mean, squares] = [new Float64Array(units), new Float64Array(units)];
    let rows = 0;
    for (const tensor of tensors) {
      const { mean: m, squares: s } = moments(tensor);
      const [shift, more] = [await m!.data(), await s!.data()];
      tf.dispose([m!, s!]);
      const count = tensor.size / units;
      // Chan, Golub and LeVeque's update of means and sums of squares.
      for (let i = 0; i < units; i++) {
        const delta = shift[i]! - mean[i]!;
        mean[i]! += (delta * count) / (rows + count);
        squares[i]! += more[i]! + (delta ** 2 * rows * count) / (rows + count);
      }
      rows += count;
    }
    return { mean, deviation: squares.map((square) => Math.sqrt(square / rows)) };
  };
  return {
    async of(variables, places) {
      const batches = recorder.record('repair', variables, inputs);
      const found: UnitStatistics[] = [];
      try {
        for (const { layer, site } of places) {
          const tensors = batches.flatMap(({ columns }) =>
            columns.filter(({ field }) => field.layer === layer && field.site === site).map(({ tensor }) => tensor),
          );
          demand(tensors.length > 0, 'repair', `activations ${layer} ${site} that belong to a symmetry group`, 'none');
          found.push(await merged(tensors));
        }
      } finally {
        disposeActivations(batches);
      }
      return found;
    },
    dispose() {
      recorder.dispose();
      moments.dispose();
    },
  };
}
