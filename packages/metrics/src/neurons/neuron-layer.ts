import { BasinlabError, demand } from '@basinlab/tensor';
import type { Network, Variables } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { allFinite } from '../all-finite.js';

/**
 * The weights of a layer's neurons as rows, [units, inputs] row-major on the host: effective = shift + scale * trained (arXiv 2606.04754, a layer is
 * eta((F + D * W) x)). Convolutions flatten (channels, kernel, kernel). Biases have no part in realization costs.
 */
export interface NeuronLayer {
  readonly units: number;
  readonly inputs: number;
  readonly effective: ArrayLike<number>;
  /** F, the fixed part; absent: 0. */
  readonly shift?: ArrayLike<number>;
  /** D, 0 where a weight is fixed; absent: 1. */
  readonly scale?: ArrayLike<number>;
  /** What the optimiser moves, entries without effect included; only ridge realization reads it. Absent: effective. */
  readonly trained?: ArrayLike<number>;
  /** [units]; only ridge realization reads it. Absent: 0. */
  readonly bias?: ArrayLike<number>;
}

/** Checks sizes and values once, for everything that follows. */
export function checkLayer(id: string, { units, inputs, effective, shift, scale }: NeuronLayer): void {
  for (const [name, values] of Object.entries({ effective, shift, scale })) {
    if (values === undefined) continue;
    demand(values.length === units * inputs, id, `${units} x ${inputs} values in ${name}`, values.length);
    const wrong = Array.prototype.findIndex.call(allFinite(values) ? [] : values, (value: number) => !Number.isFinite(value));
    demand(wrong < 0, id, `finite values in ${name}`, values[wrong]);
  }
}

/**
 * The neurons of a weight [outputs, ...] of a network under any symmetry breaking, read from its effective weights and the constants
 * `<weight>.shift` and `<weight>.scale`.
 */
export async function neuronLayer(network: Network, variables: Variables, weight: string): Promise<NeuronLayer> {
  const effective = tf.tidy(() => {
    const value = network.effective(variables)[weight];
    return value === undefined ? undefined : tf.keep(tf.clone(value));
  });
  if (effective === undefined) {
    const known = network.params.map(({ name }) => name);
    throw new BasinlabError('neuronLayer', `one of ${known.join(', ')}`, weight);
  }
  const [units = 1] = effective.shape;
  const { params, constants } = variables;
  const tensors = [effective, constants[`${weight}.shift`], constants[`${weight}.scale`], params[weight], params[biasOf(weight)]];
  const [values, shift, scale, trained, bias] = await Promise.all(tensors.map((tensor) => tensor?.data()));
  const inputs = effective.size / units;
  effective.dispose();
  return {
    units,
    inputs,
    effective: values!,
    ...(shift !== undefined && { shift }),
    ...(scale !== undefined && { scale }),
    ...(trained !== undefined && { trained }),
    ...(bias !== undefined && { bias }),
  };
}

/** `layers.0.linear.weight` -> `layers.0.linear.bias`, if there is one. */
const biasOf = (weight: string): string => weight.replace(/weight$/, 'bias');
