import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '@basinlab/core';
import { crossEntropy, valueAndGradients } from '@basinlab/core/training';
import { toReferenceName } from '@basinlab/models-asymmetric';
import type { GoldenCheck } from '../contract.js';
import { inputOf, toDevice } from '../inputs.js';
import { hostValues, referenceMlp, renamed } from './reference-mlp.js';

/** Logits, loss, gradients and running statistics of one training step, evaluation-mode logits, effective weights, frozen variances. */
export const mlpForwardGradCheck: GoldenCheck = {
  kinds: ['mlp_forward_grad'],
  compute: (fixture) =>
    hostValues(() => {
      const { network, variables } = referenceMlp(fixture);
      const x = toDevice(inputOf(fixture, 'x'));
      const labels = toDevice(inputOf(fixture, 'labels'));
      const { value, gradients, aside } = valueAndGradients((params) => {
        const { logits, state } = network.apply({ ...variables, params }, x, { training: true });
        return { value: crossEntropy(logits, labels), aside: { logits, state } };
      }, variables.params);
      const evaluated = network.apply(variables, x).logits;
      return {
        logits: aside.logits,
        loss: value,
        eval_logits: evaluated,
        eval_loss: crossEntropy(evaluated, labels),
        ...renamed(gradients, (name) => `grad.${toReferenceName(name)}`),
        ...renamed(aside.state, (name) => (toReferenceName(name) === null ? null : `after.${toReferenceName(name)}`)),
        ...renamed(network.effective(variables), effectiveName),
        ...frozenScales(variables.state),
      };
    }),
};

const effectiveName = (name: string): string | null => {
  const match = /^layers\.(\d+)\.linear\.weight$/.exec(name);
  return match ? `effective_weight.${match[1]}` : null;
};

/** The reference keeps what its linear norms multiply by; we keep the variances that both derive from. */
function frozenScales(state: Tensors): Tensors {
  const scales: Tensors = {};
  for (const [name, v] of Object.entries(state)) {
    const match = /^layers\.(\d+)\.norm\.initialVariance$/.exec(name);
    if (!match) continue;
    scales[`init.v.${match[1]}`] = v;
    scales[`init.norms.${match[1]}.inv_std`] = tf.rsqrt(tf.add(v, 1e-12));
    scales[`init.norms.${match[1]}.scale`] = tf.rsqrt(tf.add(tf.mul(tf.mean(v), 1 - 1 / v.size), 1e-12));
  }
  return scales;
}
