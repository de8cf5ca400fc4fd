import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ApplyContext, GroupAxis, ParamSpec, Tensors } from '@basinlab/core';
import { expertsParams, routeTokens, writeExperts, type Experts, type ExpertsPlace } from './experts.js';
import { applyLinear, linearParams } from './linear.js';

/** Sizes and place of the MLP of a block. */
export interface MlpPlace {
  /** Dotted path, for example `blocks.0.mlp`; also the name of the group that moves its units. */
  readonly name: string;
  readonly width: number;
  /** Of the MLP, or of each expert. */
  readonly units: number;
  /** Whether the activation gates another linear layer, as SwiGLU does. */
  readonly gated: boolean;
  /** A mixture of experts in place of one MLP. */
  readonly experts?: Experts | undefined;
  /** The residual stream that it reads and writes. */
  readonly residual: GroupAxis;
  /** Standard deviation of the initial weights, and of those that write to the residual stream. */
  readonly deviation: number;
  readonly outputDeviation: number;
}

/** Units of the MLP, of all experts together, and what moves them. */
export function mlpUnits({ name, units, experts }: Pick<MlpPlace, 'name' | 'units' | 'experts'>): { units: number; axis: GroupAxis } {
  if (experts === undefined) return { units, axis: { group: name } };
  return { units: experts.count * units, axis: { group: name, kind: 'nested-permutation', nest: units } };
}

const expertsPlace = (place: MlpPlace, experts: Experts): ExpertsPlace => ({ ...place, ...experts, axis: mlpUnits(place).axis });

/** Linear layers `in` and `out`, `gate` where there is one; of experts, the rows of all of them one after another, and what {@link expertsParams} says. */
export function mlpParams(place: MlpPlace): ParamSpec[] {
  const { name, width, gated, experts, residual, deviation, outputDeviation } = place;
  const { units, axis } = mlpUnits(place);
  const reader = { inputs: width, outputs: units, inputAxis: residual, outputAxis: axis, deviation };
  const [weight, bias] = linearParams({
    ...{ name: `${name}.out`, inputs: units, outputs: width, inputAxis: axis, outputAxis: residual },
    deviation: outputDeviation,
  }) as [ParamSpec, ParamSpec];
  const mixture = experts === undefined ? undefined : expertsParams(expertsPlace(place, experts));
  return [
    ...(mixture === undefined ? [] : [mixture.router]),
    ...[...(gated ? ['gate'] : []), 'in'].flatMap((part) => linearParams({ ...reader, name: `${name}.${part}` })),
    weight,
    mixture?.bias ?? bias,
  ];
}

/** `x` [batch, positions, width] -> what the MLP writes, in the same shape. */
export function applyMlp(place: MlpPlace, params: Tensors, x: Tensor, context: ApplyContext): Tensor {
  const { name, gated, experts, residual } = place;
  context.tap({ layer: name, site: 'input', group: residual.group }, x);
  const linear = applyLinear(`${name}.in`, params, x);
  context.tap({ layer: name, site: 'post-linear', group: name }, linear);
  const activated = context.activate(name, gated ? applyLinear(`${name}.gate`, params, x) : linear);
  const active = gated ? tf.mul(activated, linear) : activated;
  context.tap({ layer: name, site: 'post-activation', group: name }, active);
  if (experts === undefined) return applyLinear(`${name}.out`, params, active);
  const mixture = expertsPlace(place, experts);
  return writeExperts(mixture, params, active, routeTokens(mixture, params, x, context));
}
