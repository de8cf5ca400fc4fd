import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ApplyContext, GroupAxis, Tensors } from '@basinlab/core';
import { activateUnit, applyUnit } from './conv-unit.js';
import type { ConvUnit } from './conv-unit.js';
import type { Norm } from './norm.js';
import { readsOf } from './reads-of.js';

/** Sizes and place of a residual block. */
export interface ResidualBlockPlace {
  /** Dotted path, for example `stages.1.blocks.0`. */
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
  readonly inputAxis: GroupAxis;
  readonly outputAxis: GroupAxis;
  readonly norm: Norm;
}

/** Two 3x3 convolutions, and a 1x1 convolution as shortcut where the shape changes (option B of He et al. 2016). */
export interface ResidualBlock {
  readonly first: ConvUnit;
  readonly second: ConvUnit;
  readonly shortcut?: ConvUnit;
}

/** The units between the two convolutions form the group `<name>.inner`; inputs and outputs belong to the stages around. */
export function residualBlock({ name, inputs, outputs, stride, inputAxis, outputAxis, norm }: ResidualBlockPlace): ResidualBlock {
  const inner: GroupAxis = { group: `${name}.inner`, ...(outputAxis.kind && { kind: outputAxis.kind }) };
  const first: ConvUnit = { name: `${name}.first`, inputs, outputs, kernel: 3, stride, inputAxis, outputAxis: inner, norm };
  const second: ConvUnit = {
    name: `${name}.second`,
    inputs: outputs,
    outputs,
    kernel: 3,
    stride: 1,
    inputAxis: readsOf(inner),
    outputAxis,
    norm,
  };
  if (stride === 1 && inputs === outputs) return { first, second };
  return { first, second, shortcut: { ...first, name: `${name}.shortcut`, kernel: 1, outputAxis } };
}

/** Units of a block in the order in which the reference draws their masks. */
export const unitsOf = ({ first, second, shortcut }: ResidualBlock): ConvUnit[] => [first, second, ...(shortcut ? [shortcut] : [])];

/** `x` [batch, height, width, inputs] -> activation(second(activation(first(x))) + shortcut(x)), [batch, height / stride, width / stride, outputs]. */
export function applyResidualBlock({ first, second, shortcut }: ResidualBlock, params: Tensors, x: Tensor, context: ApplyContext): Tensor {
  const hidden = activateUnit(first, applyUnit(first, params, x, context), context);
  const residual = applyUnit(second, params, hidden, context);
  const skipped = shortcut === undefined ? x : applyUnit(shortcut, params, x, context);
  return activateUnit(second, tf.add(residual, skipped), context);
}
