import { crossEntropy, valueAndGradients } from '@basinlab/core/training';
import type { Tensors } from '@basinlab/core';
import type { GoldenCheck } from '../contract.js';
import { inputOf, toDevice } from '../inputs.js';
import { hostValues, renamed } from './reference-mlp.js';
import { imagesOf, toVitNames, vitNetwork, vitSizes, vitUnder } from './reference-vit.js';

/** Logits, loss, gradients of all parameters and activations of a vision transformer. */
export const vitForwardGradCheck: GoldenCheck = {
  kinds: ['vit_forward_grad'],
  compute: (fixture) =>
    hostValues(() => {
      const { L, patch } = vitSizes(fixture);
      const [network, params, x] = [vitNetwork(fixture), vitUnder(fixture, ''), imagesOf(fixture)];
      const labels = toDevice(inputOf(fixture, 'labels'));
      const { value, gradients } = valueAndGradients(
        (trial) => ({ value: crossEntropy(network.apply({ params: trial, constants: {}, state: {} }, x).logits, labels), aside: {} }),
        params,
      );
      const found: Tensors = {};
      const { logits } = network.apply({ params, constants: {}, state: {} }, x, {
        tap({ layer, site }, tensor) {
          const [, block = '', part = ''] = /^blocks\.(\d+)\.(.*)$/.exec(layer) ?? [];
          if (layer === 'tokens') found['act.blocks.0.resid_pre'] = tensor;
          if (layer === 'norm') found['act.norm'] = tensor;
          if (layer === 'head') found['act.features'] = tensor;
          if (part === 'attention.shares') found[`act.blocks.${block}.attn.probabilities`] = tensor;
          if (part === 'attention.output' && site === 'post-activation') found[`act.blocks.${block}.resid_mid`] = tensor;
          if (part === 'mlp.out' && site === 'post-activation') {
            const next = Number(block) + 1;
            found[next === L ? 'act.resid_final' : `act.blocks.${next}.resid_pre`] = tensor;
          }
        },
      });
      return { logits, loss: value, ...renamed(toVitNames(gradients, patch), (name) => `grad.${name}`), ...found };
    }),
};
