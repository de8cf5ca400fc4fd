import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '@basinlab/core';
import { crossEntropy } from '@basinlab/core/training';
import { toReferenceName } from '@basinlab/models-asymmetric';
import type { GoldenCheck } from '../contract.js';
import { asTensor, referenceMlp, valuesUnder } from './reference-mlp.js';

/** Logits, loss, gradients and running statistics of one training step, evaluation-mode logits, effective weights, frozen variances. */
export const mlpForwardGrad: GoldenCheck = {
  kinds: ['mlp_forward_grad'],
  async compute(fixture) {
    const { network, variables } = referenceMlp(fixture);
    const x = asTensor(fixture.inputs['x']!);
    const labels = asTensor(fixture.inputs['labels']!);

    let logits: tf.Tensor | undefined;
    let state: Tensors = {};
    const names = network.params.map((spec) => spec.name);
    const { value: loss, grads } = tf.valueAndGrads((...values: tf.Tensor[]) => {
      const params = Object.fromEntries(names.map((name, index) => [name, values[index]!]));
      const step = network.apply({ ...variables, params }, x, { training: true });
      logits = tf.keep(step.logits);
      state = Object.fromEntries(Object.entries(step.state).map(([name, value]) => [name, tf.keep(value)]));
      return crossEntropy(step.logits, labels);
    })(names.map((name) => variables.params[name]!));
    const evaluated = network.apply(variables, x).logits;
    const effective = network.effective(variables);

    const gradients = Object.fromEntries(names.map((name, index) => [name, grads[index]!]));
    return {
      logits: await logits!.data(),
      loss: await loss.data(),
      eval_logits: await evaluated.data(),
      eval_loss: await crossEntropy(evaluated, labels).data(),
      ...(await valuesUnder(gradients, (name) => `grad.${toReferenceName(name)}`)),
      ...(await valuesUnder(state, (name) => (toReferenceName(name) === null ? null : `after.${toReferenceName(name)}`))),
      ...(await valuesUnder(effective, effectiveName)),
      ...(await frozenScales(variables.state)),
    };
  },
};

const effectiveName = (name: string): string | null => {
  const match = /^layers\.(\d+)\.linear\.weight$/.exec(name);
  return match ? `effective_weight.${match[1]}` : null;
};

/** The reference keeps what its linear norms multiply by; we keep the variances both derive from. */
async function frozenScales(state: Tensors): Promise<Record<string, ArrayLike<number>>> {
  const scales: Record<string, ArrayLike<number>> = {};
  for (const [name, tensor] of Object.entries(state)) {
    const match = /^layers\.(\d+)\.norm\.initialVariance$/.exec(name);
    if (!match) continue;
    const v = await tensor.data();
    const units = v.length;
    const mean = Array.from(v).reduce((sum, value) => sum + value, 0) / units;
    scales[`init.v.${match[1]}`] = v;
    scales[`init.norms.${match[1]}.inv_std`] = Array.from(v, (value) => 1 / Math.sqrt(value + 1e-12));
    scales[`init.norms.${match[1]}.scale`] = [1 / Math.sqrt((1 - 1 / units) * mean + 1e-12)];
  }
  return scales;
}
