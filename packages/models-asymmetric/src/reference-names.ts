import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tensors } from '@basinlab/core';
import type { PerLayer } from './breakings/per-layer.js';

// Names of an MLP's tensors in the PyTorch code of arXiv 2606.04754 and here:
//   lins.0.weight, lins.0.bias            layers.0.linear.weight, layers.0.linear.bias      parameters
//   norms.0.weight, norms.0.bias          layers.0.norm.weight, layers.0.norm.bias          parameters
//   norms.0.running_mean, ...running_var  layers.0.norm.runningMean, ...runningVariance     state
//   lins.0.mask, lins.0.normal_mask       layers.0.linear.weight.scale, ...shift            constants of w: mask, (1 - mask) kappa N(0,1)
//   lins.0.noise                          layers.0.linear.weight.shift                      constant of syre: kappa N(0,1)
//   activations.0.C                       layers.0.gate                                     constant of sigma

const parameter = /^(lins|norms)\.(\d+)\.(weight|bias)$/;
const statistic = /^norms\.(\d+)\.running_(mean|var)$/;

/** Our name of one of the reference's parameters or running statistics, and which record it belongs to; null for anything else. */
export function fromReferenceName(name: string): { record: 'params' | 'state'; name: string } | null {
  const param = parameter.exec(name);
  if (param) return { record: 'params', name: `layers.${param[2]}.${param[1] === 'lins' ? 'linear' : 'norm'}.${param[3]}` };
  const running = statistic.exec(name);
  if (running) return { record: 'state', name: `layers.${running[1]}.norm.${running[2] === 'mean' ? 'runningMean' : 'runningVariance'}` };
  return null;
}

/** The reference's name of one of our parameters or running statistics; null where it has none. */
export function toReferenceName(name: string): string | null {
  const [, layer, part, field = ''] = /^layers\.(\d+)\.(linear|norm)\.(\w+)$/.exec(name) ?? [];
  if (layer === undefined) return null;
  const module = part === 'linear' ? 'lins' : 'norms';
  const fields: Record<string, string> = { weight: 'weight', bias: 'bias', runningMean: 'running_mean', runningVariance: 'running_var' };
  return fields[field] === undefined ? null : `${module}.${layer}.${fields[field]}`;
}

/**
 * Parameters, constants and running statistics of a reference MLP under our names. `fixedScale` is its `mask_constant`, which its files do
 * not hold. Other entries (step counters, the derived scales of linear norms) are left out. The returned tensors are new.
 */
export function fromReferenceTensors(
  tensors: Tensors,
  { fixedScale }: { fixedScale: PerLayer },
): Record<'params' | 'constants' | 'state', Tensors> {
  const result: Record<'params' | 'constants' | 'state', Tensors> = { params: {}, constants: {}, state: {} };
  const scaleOf = (layer: string): number => (typeof fixedScale === 'number' ? fixedScale : fixedScale[Number(layer)]!);
  for (const [name, tensor] of Object.entries(tensors)) {
    const plain = fromReferenceName(name);
    if (plain) result[plain.record][plain.name] = tf.clone(tensor);
    const [, layer, constant] = /^(?:lins|activations)\.(\d+)\.(mask|noise|C)$/.exec(name) ?? [];
    if (layer === undefined) continue;
    const weight = `layers.${layer}.linear.weight`;
    if (constant === 'C') result.constants[`layers.${layer}.gate`] = tf.clone(tensor);
    if (constant === 'noise') result.constants[`${weight}.shift`] = tf.mul(tensor, scaleOf(layer));
    if (constant === 'mask') {
      result.constants[`${weight}.scale`] = tf.clone(tensor);
      result.constants[`${weight}.shift`] = fixedPart(tensor, tensors[`lins.${layer}.normal_mask`]!, scaleOf(layer));
    }
  }
  return result;
}

const fixedPart = (mask: Tensor, pattern: Tensor, scale: number): Tensor => tf.tidy(() => tf.mul(tf.sub(1, mask), tf.mul(pattern, scale)));
