import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ApplyContext, Architecture, GroupAxis, LayerStack, ParamSpec, Tensors } from '@basinlab/core';
import { applyAttention, attentionParams, type AttentionPlace } from './attention.js';
import { deviation, writingDeviation } from './deviations.js';
import type { Experts } from './experts.js';
import { applyMlp, mlpParams, mlpUnits, type MlpPlace } from './mlp.js';
import { applyNorm, normParams, type NormPlace, type norms } from './norm.js';

// A stack of blocks of attention and an MLP, each of which adds to the residual stream, with a norm before each (GPT-2, ViT) or behind (BERT).

/** The residual stream: one group, since every block reads it and adds to it. */
export const residual: GroupAxis = { group: 'residual' };
const signedResidual: GroupAxis = { ...residual, kind: 'signed-permutation' };

/** What moves it: RMSNorm sees no mean, so that coordinates may change their signs too. arXiv 2606.31963. */
export const residualOf = ({ norm }: Pick<BlockStack, 'norm'>): GroupAxis => (norm === 'rms' ? signedResidual : residual);

/** Sizes of a stack. */
export interface BlockStack {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly units?: number | undefined;
  readonly norm: (typeof norms)[number];
  /** Of what a part reads, and of the stream behind the last block, or of the stream that a part has added to. Default `pre`. */
  readonly placement?: 'pre' | 'post' | undefined;
  readonly epsilon: number;
  /** As in {@link AttentionPlace}. */
  readonly keyValueHeads?: number | undefined;
  /** As in {@link AttentionPlace}. */
  readonly rotary?: boolean | undefined;
  /** Whether the activation gates another linear layer, as SwiGLU does. Default false. */
  readonly gated?: boolean | undefined;
  /** As in {@link MlpPlace}. */
  readonly experts?: Experts | undefined;
  /** Whether a position sees those before it only. */
  readonly causal: boolean;
}

/** Units of each MLP: four times the width, where it is not said. */
export const unitsOf = ({ units, width }: Pick<BlockStack, 'units' | 'width'>): number => units ?? 4 * width;

const blocks = ({ layers }: BlockStack): string[] => Array.from({ length: layers }, (_, layer) => `blocks.${layer}`);
const normOf = ({ norm, epsilon }: BlockStack, name: string): NormPlace => ({ name, kind: norm, epsilon });

const attentionOf = (stack: BlockStack, block: string): AttentionPlace => ({
  ...{ name: `${block}.attention`, width: stack.width, heads: stack.heads, causal: stack.causal, residual: residualOf(stack) },
  ...{ keyValueHeads: stack.keyValueHeads, rotary: stack.rotary },
  ...{ deviation, outputDeviation: writingDeviationOf(stack) },
});

const mlpOf = (stack: BlockStack, block: string): MlpPlace => ({
  ...{ name: `${block}.mlp`, width: stack.width, units: unitsOf(stack), gated: stack.gated ?? false, experts: stack.experts },
  ...{ residual: residualOf(stack), deviation, outputDeviation: writingDeviationOf(stack) },
});

/** A stream that is normalised again and again needs no smaller start. */
const writingDeviationOf = ({ placement, layers }: BlockStack): number => (placement === 'post' ? deviation : writingDeviation(layers));

/** Parameters of all blocks and of the norm behind them, where there is one. */
export const blockStackParams = (stack: BlockStack): ParamSpec[] => [
  ...blocks(stack).flatMap((block) => blockParams(stack, block)),
  ...(stack.placement === 'post' ? [] : normParams('norm', stack.width, residualOf(stack))),
];

/** MLPs of all blocks. */
export const blockStackActivations = (stack: BlockStack): ReturnType<Architecture['activations']> =>
  blocks(stack).map((block) => ({ layer: `${block}.mlp`, ...mlpUnits(mlpOf(stack, block)) }));

/** What makes a block pass on its stream: neither of its parts writes anything. */
const writesNothing = {
  'attention.output.weight': 'zeros',
  'attention.output.bias': 'zeros',
  'mlp.out.weight': 'zeros',
  'mlp.out.bias': 'zeros',
} as const;

/** Its blocks. */
export const blockStacks = (stack: BlockStack): readonly LayerStack[] => [
  {
    layers: blocks(stack),
    identity:
      stack.placement === 'post'
        ? { never: 'the norm behind each part normalises what it is given, whatever the part writes' }
        : writesNothing,
  },
];

/**
 * `x` [batch, positions, width] through all blocks and the norm behind them -> the same shape. Dropout is where GPT-2, ViT and BERT have it: of `x`, of the shares of attention, and of
 * what attention and MLPs write.
 */
export function applyBlockStack(stack: BlockStack, params: Tensors, x: Tensor, context: ApplyContext): Tensor {
  context.tap({ layer: 'tokens', site: 'post-activation', group: residual.group }, x);
  let h = context.dropout('tokens', x);
  for (const block of blocks(stack)) h = applyBlock(stack, block, params, h, context);
  if (stack.placement === 'post') return h;
  const normal = applyNorm(normOf(stack, 'norm'), params, h);
  context.tap({ layer: 'norm', site: 'post-norm', group: residual.group }, normal);
  return normal;
}

const blockParams = (stack: BlockStack, block: string): ParamSpec[] => [
  ...normParams(`${block}.attentionNorm`, stack.width, residualOf(stack)),
  ...attentionParams(attentionOf(stack, block)),
  ...normParams(`${block}.mlpNorm`, stack.width, residualOf(stack)),
  ...mlpParams(mlpOf(stack, block)),
];

const same = (_name: string, x: Tensor): Tensor => x;

function applyBlock(stack: BlockStack, block: string, params: Tensors, x: Tensor, context: ApplyContext): Tensor {
  const norm = (name: string, input: Tensor) => applyNorm(normOf(stack, `${block}.${name}`), params, input);
  const [before, behind] = stack.placement === 'post' ? [same, norm] : [norm, same];
  const stream = (layer: string, value: Tensor) => context.tap({ layer, site: 'post-activation', group: residual.group }, value);
  const read = applyAttention(attentionOf(stack, block), params, before('attentionNorm', x), context);
  const attended = behind('attentionNorm', tf.add(x, context.dropout(`${block}.attention.output`, read)));
  stream(`${block}.attention.output`, attended);
  const layer = `${block}.mlp`;
  const written = applyMlp(mlpOf(stack, block), params, before('mlpNorm', attended), context);
  context.tap({ layer: `${layer}.out`, site: 'post-linear', group: residual.group }, written);
  const out = behind('mlpNorm', tf.add(attended, context.dropout(`${layer}.out`, written)));
  stream(`${layer}.out`, out);
  return out;
}
