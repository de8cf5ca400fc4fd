import * as tf from '@tensorflow/tfjs-core';
import { demand, type Graph, type Network, type Tensors, type Variables } from '@basinlab/core';
import { recomputeStatistics } from '@basinlab/core/training';
import { repairPlaces, type RepairPlace } from './places.js';
import { statisticsRecorder, type UnitStatistics } from './unit-statistics.js';

/** Models whose statistics are mixed, data and places of a repair. */
export interface RepairOptions {
  /** The aligned models that were merged; not needed by networks with running statistics. */
  readonly ends: readonly Variables[];
  /** Shares of the ends, of any positive sum. Default: all alike. */
  readonly weights?: readonly number[];
  /** Training inputs: samples, or nodes of `graph`. Some thousands are enough. */
  readonly inputs: tf.Tensor;
  readonly graph?: Graph | undefined;
  /** Default: {@link repairPlaces} of the network. In the order of the computation. */
  readonly places?: readonly RepairPlace[];
  /** Rows per batch. Default 1000. */
  readonly batch?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Gives the units of a merged network the statistics that those of its ends have: averaging weights shrinks the variance of every unit, layer after
 * layer, so that a merged network fails even where no barrier need be. Networks with running statistics (BatchNorm) get them computed anew;
 * in others each place, one after the other in the order of the computation, is scaled and shifted so that every unit has the mean and the
 * standard deviation of its ends, averaged; this goes into gains, weights and biases and changes no shape. A unit that is constant in the merged
 * network is only shifted. Jordan et al. 2023, "REPAIR: renormalizing permuted activations for interpolation repair".
 * @returns the repaired model; all of its tensors are its own, for the caller to dispose
 * @throws BasinlabError where the network has neither running statistics nor places
 */
export async function repair(network: Network, merged: Variables, options: RepairOptions): Promise<Variables> {
  const { ends, weights = ends.map(() => 1), inputs, graph, batch = 1000, signal } = options;
  const own = (tensors: Tensors): Tensors => Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.clone(tensor)]));
  if (network.state.some(({ momentum }) => momentum !== undefined)) {
    const { state } = recomputeStatistics(network, merged, inputs, { batch, graph });
    return { params: own(merged.params), constants: own(merged.constants), state };
  }
  const places = options.places ?? repairPlaces(network);
  demand(places.length > 0, 'repair', 'a network with norms or biases to set statistics by', network.architecture);
  demand(ends.length > 0 && ends.length === weights.length, 'repair', 'one weight for each of at least one end', weights.length);
  const recorder = statisticsRecorder(network, inputs, { batch, graph });
  let params = own(merged.params);
  try {
    const targets = average(await Promise.all(ends.map((end) => recorder.of(end, places))), weights);
    for (const [k, place] of places.entries()) {
      signal?.throwIfAborted();
      const [now] = await recorder.of({ ...merged, params }, [place]);
      const before = params;
      const set = tf.tidy(() => reset(before, place, now!, targets[k]!));
      tf.dispose([before[place.gain]!, before[place.offset]!]);
      params = { ...before, ...set };
    }
    return { params, constants: own(merged.constants), state: own(merged.state) };
  } finally {
    recorder.dispose();
  }
}

/** Per place the means of the ends' means and of their deviations. */
function average(all: readonly (readonly UnitStatistics[])[], weights: readonly number[]): UnitStatistics[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mix = (values: readonly Float64Array[]): Float64Array =>
    values[0]!.map((_, unit) => values.reduce((sum, value, i) => sum + (weights[i]! / total) * value[unit]!, 0));
  return all[0]!.map((_, k) => ({
    mean: mix(all.map((places) => places[k]!.mean)),
    deviation: mix(all.map((places) => places[k]!.deviation)),
  }));
}

function reset(params: Tensors, { gain, gainAxis = 0, offset }: RepairPlace, now: UnitStatistics, target: UnitStatistics): Tensors {
  const ratios = now.deviation.map((deviation, i) => (deviation === 0 ? 1 : target.deviation[i]! / deviation));
  const ratio = tf.tensor1d(Float32Array.from(ratios));
  const shift = tf.tensor1d(Float32Array.from(ratios, (factor, i) => target.mean[i]! - factor * now.mean[i]!));
  const along = params[gain]!.shape.map((size, k) => (k === gainAxis ? size : 1));
  return {
    [gain]: tf.mul(params[gain]!, tf.reshape(ratio, along)),
    [offset]: tf.add(tf.mul(params[offset]!, ratio), shift),
  };
}
