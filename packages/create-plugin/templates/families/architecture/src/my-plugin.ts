import type { Architecture } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';

const count = z.number().int().positive();
const options = z.strictObject({
  /** Entries of one input; left out, those of the data. */
  inputs: count,
  hidden: count.default(32),
  /** Logits; left out, the classes of the data. */
  outputs: count,
});

const group = 'hidden';

/** One hidden layer whose units multiply what two linear maps say: (U x) * relu(V x). */
export const myPluginArchitecture: Architecture<z.output<typeof options>> = {
  id: 'my-plugin',
  summary: 'One hidden layer of gated units',
  options,
  // Every axis says which group of units it belongs to: exchanging two units everywhere leaves the function as it is.
  params({ inputs, hidden, outputs }) {
    const weight = (
      name: string,
      shape: readonly [number, number],
      axes: readonly [{ group: string } | null, { group: string } | null],
    ) => {
      const fanIn = shape[1];
      return { name, shape, axes, fanIn, role: 'weight', init: { kind: 'normal', deviation: 1 / Math.sqrt(fanIn) } } as const;
    };
    return [
      weight('up.weight', [hidden, inputs], [{ group }, null]),
      weight('gate.weight', [hidden, inputs], [{ group }, null]),
      { name: 'gate.bias', shape: [hidden], axes: [{ group }], role: 'bias', init: { kind: 'zeros' } },
      weight('out.weight', [outputs, hidden], [null, { group }]),
    ];
  },
  activations: ({ hidden }) => [{ layer: 'gate', units: hidden, axis: { group } }],
  activation: () => 'relu',
  apply(_, params, x, { activate, tap }) {
    const linear = (name: string): Tensor2D =>
      tf.matMul(tf.reshape(x, [x.shape[0]!, -1]) as Tensor2D, params[name] as Tensor2D, false, true);
    const gate = activate('gate', tf.add(linear('gate.weight'), params['gate.bias']!));
    tap({ layer: 'gate', site: 'post-activation', group }, gate);
    return tf.matMul(tf.mul(linear('up.weight'), gate) as Tensor2D, params['out.weight'] as Tensor2D, false, true);
  },
};
