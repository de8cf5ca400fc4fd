import type { Tensor } from '@tensorflow/tfjs-core';
import type { ApplyContext, ParamSpec, StateSpec, GroupAxis, Tensors } from '@basinlab/core';
import { applyConv, convParams } from './conv.js';
import type { ConvPlace } from './conv.js';
import { applyNorm, normParams, normState } from './norm.js';
import type { Norm, NormPlace } from './norm.js';

/** A convolution and the norm after it: `<name>.conv` and `<name>.norm`, one layer for taps. */
export interface ConvUnit extends Omit<ConvPlace, 'outputAxis'> {
  readonly outputAxis: GroupAxis;
  readonly norm: Norm;
}

const convOf = (unit: ConvUnit): ConvPlace => ({ ...unit, name: `${unit.name}.conv` });
const normOf = ({ name, outputs, outputAxis, norm }: ConvUnit): NormPlace => ({
  name: `${name}.norm`,
  weight: `${name}.conv.weight`,
  units: outputs,
  axis: outputAxis,
  kind: norm,
  affine: true,
});

/** Parameters of a convolution and its norm. */
export const unitParams = (unit: ConvUnit): ParamSpec[] => [...convParams(convOf(unit)), ...normParams(normOf(unit))];
/** Running statistics of a unit's norm. */
export const unitState = (unit: ConvUnit): StateSpec[] => normState(normOf(unit));

/** `x` [batch, height, width, inputs] -> convolved and normalised, without activation; taps its input and both results. */
export function applyUnit(unit: ConvUnit, params: Tensors, x: Tensor, context: ApplyContext): Tensor {
  const [layer, group] = [unit.name, unit.outputAxis.group];
  context.tap({ layer, site: 'input', group: unit.inputAxis?.group ?? null }, x);
  const linear = applyConv(convOf(unit), params, x);
  context.tap({ layer, site: 'post-linear', group }, linear);
  const normal = applyNorm(normOf(unit), params, linear, context);
  context.tap({ layer, site: 'post-norm', group }, normal);
  return normal;
}

/** The activation of a unit's layer, tapped. */
export function activateUnit({ name, outputAxis }: ConvUnit, x: Tensor, context: ApplyContext): Tensor {
  const active = context.activate(name, x);
  context.tap({ layer: name, site: 'post-activation', group: outputAxis.group }, active);
  return active;
}
