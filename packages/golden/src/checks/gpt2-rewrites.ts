import * as tf from '@tensorflow/tfjs-core';
import { type Network, type Tensors } from '@basinlab/core';
import { absorbGains, attentionCircuits, centreWriters, toCircuits } from '@basinlab/models-transformer';
import type { GoldenCheck, GoldenFixture } from '../contract.js';
import { inputOf, toDevice } from '../inputs.js';
import { circuitsNetwork, gpt2Network, gpt2Sizes, referenceGpt2, toCircuitNames, toTransformersNames } from './reference-gpt2.js';
import { hostValues, renamed } from './reference-mlp.js';

const logitsOf = (network: Network, params: Tensors, fixture: GoldenFixture): tf.Tensor =>
  network.apply({ params, constants: {}, state: {} }, toDevice(inputOf(fixture, 'ids'))).logits;

/** The circuits in the layout of the reference: one weight [d, 3 H (d + 1)] for queries, keys and values, where keys and values are the identity. */
function referenceLayout(qk: tf.Tensor, ov: tf.Tensor): { weight: tf.Tensor; bias: tf.Tensor; output: tf.Tensor } {
  const [heads, augmented] = qk.shape as [number, number, number];
  const width = augmented - 1;
  // [H, d + 1, d + 1] -> [d + 1, H (d + 1)], the row of a bias last.
  const sideBySide = (blocks: tf.Tensor): tf.Tensor => tf.reshape(tf.transpose(blocks, [1, 0, 2]), [augmented, heads * augmented]);
  const identity = tf.tile(tf.reshape(tf.eye(augmented), [1, augmented, augmented]), [heads, 1, 1]);
  const all = tf.concat([sideBySide(qk), sideBySide(identity), sideBySide(identity)], 1);
  return {
    weight: tf.slice(all, [0, 0], [width, -1]),
    bias: tf.reshape(tf.slice(all, [width, 0], [1, -1]), [-1]),
    output: tf.reshape(tf.transpose(ov, [0, 2, 1]), [heads * augmented, width]),
  };
}

/** Rewrites of a GPT-2, step by step and together: new parameters, and logits that stay. */
export const gpt2RewritesCheck: GoldenCheck = {
  kinds: ['rewrite'],
  async compute(fixture) {
    const step = fixture.id.split('.')[1]!;
    const { params, network } = referenceGpt2(fixture, 'before.', step === 'attention_circuits' ? 'rms' : 'layer');
    const before = (): tf.Tensor => logitsOf(network, params, fixture);
    switch (step) {
      case 'ln_scale_absorption': {
        const absorbed = await absorbGains(params);
        return hostValues(() => ({
          ...toTransformersNames(absorbed, 'after.'),
          ...{ 'logits.before': before(), 'logits.after': logitsOf(gpt2Network(fixture, false, 'layer'), absorbed, fixture) },
        }));
      }
      case 'layernorm_to_rmsnorm':
        return hostValues(() => {
          const [centred, rms] = [centreWriters(params), gpt2Network(fixture, false, 'rms')];
          return {
            ...toTransformersNames(centred, 'after.'),
            ...{ 'logits.before': before(), 'logits.after': logitsOf(rms, centred, fixture) },
            'logits.without_mean_subtraction': logitsOf(rms, params, fixture),
          };
        });
      case 'attention_circuits':
        return hostValues(() => {
          const { H, L } = gpt2Sizes(fixture);
          const tensors: Tensors = {};
          const circuits: Tensors = {};
          for (const [name, tensor] of Object.entries(params)) circuits[name] = tensor;
          for (let layer = 0; layer < L; layer++) {
            const name = `blocks.${layer}.attention`;
            const { qk, ov } = attentionCircuits(params, name, H);
            const { weight, bias, output } = referenceLayout(qk, ov);
            Object.assign(tensors, { [`circuit.h.${layer}.attn.qk`]: qk, [`circuit.h.${layer}.attn.ov`]: ov });
            const at = `after.transformer.h.${layer}.attn`;
            Object.assign(tensors, { [`${at}.c_attn.weight`]: weight, [`${at}.c_attn.bias`]: bias, [`${at}.c_proj.weight`]: output });
            tensors[`${at}.c_proj.bias`] = params[`${name}.output.bias`]!;
            Object.assign(circuits, { [`${name}.qk`]: qk, [`${name}.ov`]: ov });
          }
          return { ...tensors, 'logits.before': before(), 'logits.after': logitsOf(circuitsNetwork(fixture), circuits, fixture) };
        });
      default: {
        const circuits = await toCircuits(params, { heads: gpt2Sizes(fixture).H });
        return hostValues(() => ({
          ...renamed(toCircuitNames(circuits), (name) => `after.${name}`),
          ...{ 'logits.before': before(), 'logits.after': logitsOf(circuitsNetwork(fixture), circuits, fixture) },
        }));
      }
    }
  },
};
