import * as tf from '@tensorflow/tfjs-core';
import type { Architecture, ParamSpec } from '@basinlab/core';
import { z } from 'zod';

const options = z.strictObject({
  /** Units of every hidden layer. */
  widths: z.array(z.number().int().positive()),
  /** Repeats every unit of the last hidden layer so often before the output layer, as a flattened feature map does. */
  block: z.number().int().positive().default(1),
});
type LayeredOptions = z.output<typeof options>;

const INPUTS = 6;
const OUTPUTS = 4;
const normal = { kind: 'normal', deviation: 0.5 } as const;
const axis = (layer: number) => ({ group: `hidden.${layer}` });

/** Linear layers with biases, running means and relu: weights, vectors, state and blocks of several groups, for tests of alignment. */
export const layered: Architecture<LayeredOptions> = {
  id: 'layered',
  summary: 'Linear layers with running means for tests',
  options,
  params: ({ widths, block }) => [
    ...widths.flatMap((units, i): ParamSpec[] => [
      {
        name: `${i}.weight`,
        shape: [widths[i - 1] ?? INPUTS, units],
        init: normal,
        role: 'weight',
        axes: [i === 0 ? null : axis(i - 1), axis(i)],
      },
      { name: `${i}.bias`, shape: [units], init: normal, role: 'bias', axes: [axis(i)] },
    ]),
    {
      name: 'out.weight',
      shape: [widths.at(-1)! * block, OUTPUTS],
      init: normal,
      role: 'weight',
      axes: [{ ...axis(widths.length - 1), block }, null],
    },
    { name: 'out.bias', shape: [OUTPUTS], init: normal, role: 'bias', axes: [null] },
  ],
  state: ({ widths }) => widths.map((units, i) => ({ name: `${i}.mean`, shape: [units], axes: [axis(i)], init: 0 })),
  activations: ({ widths }) => widths.map((units, i) => ({ layer: `hidden.${i}`, units, axis: axis(i) })),
  activation: () => 'relu',
  apply: ({ widths, block }, params, x, { activate, state, tap }) => {
    let h = x as tf.Tensor2D;
    widths.forEach((_, i) => {
      const layer = `hidden.${i}`;
      const z = tf.sub(tf.add(tf.matMul(h, params[`${i}.weight`] as tf.Tensor2D), params[`${i}.bias`]!), state[`${i}.mean`]!);
      tap({ layer, site: 'post-linear', group: layer }, z);
      h = activate(layer, z) as tf.Tensor2D;
      tap({ layer, site: 'post-activation', group: layer }, h);
    });
    const wide = tf.reshape(tf.tile(tf.expandDims(h, 2), [1, 1, block]), [h.shape[0], -1]) as tf.Tensor2D;
    return tf.add(tf.matMul(wide, params['out.weight'] as tf.Tensor2D), params['out.bias']!);
  },
};
