import * as tf from '@tensorflow/tfjs-core';
import { demand, type Tensors, type Variables } from '@basinlab/tensor';
import { mixture } from './mixture.js';

/**
 * The model (1 - lambda) a + lambda b: parameters, state (running statistics) and, where the two do not share them, constants. Integer
 * entries are a's. `lambda` is a scalar tensor, so that a compiled program serves every point.
 */
export const interpolate = (a: Variables, b: Variables, lambda: tf.Tensor): Variables =>
  mixture([a, b], tf.stack([tf.sub(1, lambda), lambda]));

/**
 * The arithmetic mean of models: their midpoint. Integer entries and constants that all share are the first model's.
 * @throws BasinlabError without models
 */
export function average(models: readonly Variables[]): Variables {
  demand(models.length > 0, 'average', 'at least one model', models.length);
  const mean = (part: keyof Variables): Tensors =>
    Object.fromEntries(
      Object.entries(models[0]![part]).map(([name, first]) => {
        const all = models.map((model) => named(model[part], name));
        if (first.dtype !== 'float32' || all.every((tensor) => tensor === first)) return [name, tf.clone(first)];
        return [name, tf.tidy(() => tf.div(tf.addN(all), all.length))];
      }),
    );
  return { params: mean('params'), state: mean('state'), constants: mean('constants') };
}

function named(tensors: Tensors, name: string): tf.Tensor {
  const tensor = tensors[name];
  demand(tensor !== undefined, 'interpolation', `a tensor ${name} in every model`, 'none');
  return tensor;
}
