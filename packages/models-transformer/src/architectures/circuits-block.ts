import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ApplyContext, Architecture, AxisSymmetry, GroupAxis, LayerStack, ParamSpec, Tensors } from '@basinlab/core';
import { hideLater } from './attention.js';
import { deviation, writingDeviation } from './deviations.js';
import { applyLinear, linearParams } from './linear.js';
import { divideByRms } from './norm.js';

// A stack of blocks in the form in which the residual stream can be rotated: RMSNorm without gain, and per head the circuits QK = Q^T K (rows: the query's
// side) and OV = O V, with biases in a last row and column. Elhage et al. 2021; Theus et al. 2025, arXiv 2506.22712.

/** The residual stream: its coordinates may be rotated, since nothing here belongs to one of them. */
export const rotated: GroupAxis = { group: 'residual', kind: 'orthogonal' };

/** Sizes of a stack. */
export interface CircuitStack {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Units of each MLP. */
  readonly units: number;
  /** Whether the activation gates another linear layer, as SwiGLU does. Default false. */
  readonly gated?: boolean | undefined;
  /** Added to mean squares. */
  readonly epsilon: number;
  /** Whether a position sees those before it only. */
  readonly causal: boolean;
}

const blocks = ({ layers }: CircuitStack): string[] => Array.from({ length: layers }, (_, layer) => `blocks.${layer}`);
const mlpOf = (block: string): GroupAxis => ({ group: `${block}.mlp` });
/** Coordinates of the residual stream, and behind them the 1 that carries biases. */
const augmented = (width: number): AxisSymmetry => ({ segments: [[{ group: rotated.group, kind: 'orthogonal', size: width }], []] });

/** Parameters of all blocks and of the norm behind them. */
export const circuitStackParams = (stack: CircuitStack): ParamSpec[] => [
  ...blocks(stack).flatMap((block) => blockParams(stack, block)),
  { name: 'norm.bias', shape: [stack.width], init: { kind: 'zeros' }, role: 'norm', axes: [rotated] },
];

/** Options of a stack of blocks that are sizes. */
export const circuitSizes = { depth: ['layers'], width: ['width', 'heads', 'units'] } as const;

/** Options of a transformer with the sizes of blocks of `wide`, and as many blocks as `deep`. */
export const withLayersOf = <O extends { readonly layers: number }>(wide: O, { layers }: O): O => ({ ...wide, layers });

/** MLPs of all blocks. */
export const circuitStackActivations = (stack: CircuitStack): ReturnType<Architecture['activations']> =>
  blocks(stack).map((block) => ({ layer: `${block}.mlp`, units: stack.units, axis: mlpOf(block) }));

/** Its blocks, which pass on their stream where neither of their parts writes anything. */
export const circuitLayerStacks = (stack: CircuitStack): readonly LayerStack[] => [{ layers: blocks(stack), identity: writesNothing }];

const writesNothing = {
  'attention.ov': 'zeros',
  'attention.output.bias': 'zeros',
  'mlp.out.weight': 'zeros',
  'mlp.out.bias': 'zeros',
} as const;

/** `x` [batch, positions, width] through all blocks and the norm -> the same shape. */
export function applyCircuitStack(stack: CircuitStack, params: Tensors, x: Tensor, context: ApplyContext): Tensor {
  context.tap({ layer: 'tokens', site: 'post-activation', group: rotated.group }, x);
  let h = x;
  for (const block of blocks(stack)) h = applyBlock(stack, block, params, h, context);
  const normal = tf.add(divideByRms(h, stack.epsilon), params['norm.bias']!);
  context.tap({ layer: 'norm', site: 'post-norm', group: rotated.group }, normal);
  return normal;
}

function blockParams({ width, heads, units, layers, gated = false }: CircuitStack, block: string): ParamSpec[] {
  const [attention, mlp] = [`${block}.attention`, `${block}.mlp`];
  const normal = { init: { kind: 'normal', deviation }, role: 'weight', fanIn: width } as const;
  const offset = { shape: [width], init: { kind: 'zeros' }, axes: [rotated] } as const;
  const [full, group] = [augmented(width), { group: attention }];
  return [
    { ...offset, name: `${block}.attentionNorm.bias`, role: 'norm' },
    { ...normal, name: `${attention}.qk`, shape: [heads, width + 1, width + 1], axes: [group, full, full] },
    { ...normal, name: `${attention}.ov`, shape: [heads, width, width + 1], axes: [group, rotated, full] },
    { ...offset, name: `${attention}.output.bias`, role: 'bias' },
    { ...offset, name: `${block}.mlpNorm.bias`, role: 'norm' },
    ...[...(gated ? ['gate'] : []), 'in'].flatMap((part) =>
      linearParams({ name: `${mlp}.${part}`, inputs: width, outputs: units, inputAxis: rotated, outputAxis: mlpOf(block), deviation }),
    ),
    ...linearParams({
      ...{ name: `${mlp}.out`, inputs: units, outputs: width, inputAxis: mlpOf(block), outputAxis: rotated },
      deviation: writingDeviation(layers),
    }),
  ];
}

/** Circuits of the heads of a layer: QK [heads, width + 1, width + 1], rows on the query's side, and OV [heads, width, width + 1]. */
export interface Circuits {
  readonly qk: Tensor;
  readonly ov: Tensor;
}

/**
 * What heads write at `normal` [batch, positions, width], in the same shape: sum over heads h and positions s of share_h(t, s) OV_h n_s, where shares are the
 * softmax over s of n_t^T QK_h n_s / sqrt(width + 1) and n has a 1 behind its coordinates. `onShares` is given the shares [batch, heads, positions, positions].
 * Inside `tf.tidy`.
 */
export function attendInCircuits(
  normal: Tensor,
  { qk, ov }: Circuits,
  { causal, onShares }: Pick<CircuitStack, 'causal'> & { readonly onShares?: (shares: Tensor) => void },
): Tensor {
  const [batch = 0, positions = 0, width = 0] = normal.shape;
  const inputs = tf.concat([normal, tf.ones([batch, positions, 1])], -1);
  // The inputs themselves are keys and values of every head.
  const queries = tf.einsum('btj,hjk->bhtk', inputs, qk);
  const scores = tf.mul(tf.einsum('bhtk,bsk->bhts', queries, inputs), 1 / Math.sqrt(width + 1));
  const shares = tf.softmax(causal ? hideLater(scores, positions) : scores);
  onShares?.(shares);
  const seen = tf.einsum('bhts,bsk->bhtk', shares, inputs);
  return tf.einsum('bhtk,hok->bto', seen, ov);
}

function applyBlock(
  { epsilon, causal, gated = false }: CircuitStack,
  block: string,
  params: Tensors,
  x: Tensor,
  context: ApplyContext,
): Tensor {
  const norm = (name: string, input: Tensor) => tf.add(divideByRms(input, epsilon), params[`${block}.${name}.bias`]!);
  const attention = `${block}.attention`;
  const circuits = { qk: params[`${attention}.qk`]!, ov: params[`${attention}.ov`]! };
  // What heads look at belongs to no basis: by that they can be told apart in two models.
  const onShares = (shares: Tensor): void =>
    context.tap({ layer: attention, site: 'post-activation', group: attention }, tf.transpose(shares, [0, 2, 3, 1]));
  const seen = attendInCircuits(norm('attentionNorm', x), circuits, { causal, onShares });
  const heads = tf.add(seen, params[`${attention}.output.bias`]!);
  context.tap({ layer: `${attention}.output`, site: 'post-linear', group: rotated.group }, heads);
  const attended = tf.add(x, heads);
  const layer = `${block}.mlp`;
  const normal = norm('mlpNorm', attended);
  const linear = applyLinear(`${layer}.in`, params, normal);
  context.tap({ layer, site: 'post-linear', group: layer }, linear);
  const activated = context.activate(layer, gated ? applyLinear(`${layer}.gate`, params, normal) : linear);
  const active = gated ? tf.mul(activated, linear) : activated;
  context.tap({ layer, site: 'post-activation', group: layer }, active);
  const out = tf.add(attended, applyLinear(`${layer}.out`, params, active));
  context.tap({ layer: `${layer}.out`, site: 'post-activation', group: rotated.group }, out);
  return out;
}
