import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { demand } from '@basinlab/core';
import type { Architecture, GroupAxis } from '@basinlab/core';
import { activateUnit, applyUnit, unitParams, unitState } from './conv-unit.js';
import type { ConvUnit } from './conv-unit.js';
import { applyLinear, linearParams } from './linear.js';
import type { LinearPlace } from './linear.js';
import { imageNorms } from './norm.js';
import { readsOf } from './reads-of.js';
import { applyResidualBlock, residualBlock, unitsOf } from './residual-block.js';
import type { ResidualBlock } from './residual-block.js';

// ResNet for small images (He et al. 2016, section 4.2): `stem` (3x3 convolution, norm, activation), three `stages` of `blocks`, of which
// the second and third halve height and width and double the channels, global average pooling, linear `head`. All blocks of a stage add
// to the same channels, so one symmetry group `stages.i.background` acts on the outputs of every block of a stage (and on the stem's with
// stage 0); the channels inside a block can be exchanged on their own, `stages.i.blocks.j.inner`.

const count = z.number().int().positive();

const options = z.strictObject({
  /** 6 n + 2 for n blocks per stage: 20, 32, 56 or 110 in the literature. */
  depth: z
    .number()
    .int()
    .min(8)
    .refine((depth) => depth % 6 === 2, 'must be 6 n + 2, for example 20, 32, 56 or 110')
    .default(20),
  /** Channels of the stem and the first stage; the stages after have twice and four times as many. 16 times the width multiplier. */
  baseWidth: count.default(16),
  /** Height, width and channels of one image. */
  inputs: z.tuple([count, count, count]),
  classes: count,
  /** `group`: over all positions and channels of a sample; `layer`: over the channels of a position; `batch`: per channel over the batch. */
  norm: z.enum(imageNorms).default('group'),
  activation: z.enum(['relu', 'gelu', 'identity']).default('relu'),
});
/** Options of `resnet`. */
export type ResNetOptions = z.output<typeof options>;

/** Without norms ReLU lets channels be scaled as well, and no activation any map. */
const kindOf = ({ norm, activation }: Pick<ResNetOptions, 'norm' | 'activation'>): Pick<GroupAxis, 'kind'> =>
  norm !== 'none' || activation === 'gelu' ? {} : { kind: activation === 'relu' ? 'scaled-permutation' : 'invertible' };
const background = (stage: number, kind: Pick<GroupAxis, 'kind'> = {}): GroupAxis => ({ group: `stages.${stage}.background`, ...kind });

interface Parts {
  readonly stem: ConvUnit;
  readonly blocks: readonly ResidualBlock[];
  readonly head: LinearPlace;
}

function partsOf({ depth, baseWidth, inputs, classes, norm, activation }: ResNetOptions): Parts {
  const kind = kindOf({ norm, activation });
  const perStage = (depth - 2) / 6;
  const widthOf = (stage: number): number => baseWidth * 2 ** stage;
  const blocks = [0, 1, 2].flatMap((stage) =>
    Array.from({ length: perStage }, (_, block) => {
      const before = block === 0 && stage > 0 ? stage - 1 : stage;
      return residualBlock({
        name: `stages.${stage}.blocks.${block}`,
        inputs: widthOf(before),
        outputs: widthOf(stage),
        stride: before === stage ? 1 : 2,
        inputAxis: readsOf(background(before, kind)),
        outputAxis: background(stage, kind),
        norm,
      });
    }),
  );
  return {
    stem: {
      name: 'stem',
      inputs: inputs[2],
      outputs: baseWidth,
      kernel: 3,
      stride: 1,
      inputAxis: null,
      outputAxis: background(0, kind),
      norm,
    },
    blocks,
    head: { name: 'head.linear', inputs: widthOf(2), outputs: classes, inputAxis: readsOf(background(2, kind)), outputAxis: null },
  };
}

/** What makes a block pass on its stream: the second convolution writes nothing. ReLU leaves what a ReLU has given. */
const writesNothing = { 'second.conv.weight': 'zeros', 'second.norm.weight': 'zeros', 'second.norm.bias': 'zeros' } as const;

const units = ({ stem, blocks }: Parts): ConvUnit[] => [stem, ...blocks.flatMap(unitsOf)];

/** Residual network for small images: `x` [batch, height, width, channels] (or a reshape of it) -> logits [batch, classes]. */
export const resnet: Architecture<ResNetOptions> = {
  id: 'resnet',
  summary: 'Residual network for small images: ResNet-20, 32, 56, 110 of any width',
  options,
  params: (o) => {
    const parts = partsOf(o);
    return [...units(parts).flatMap(unitParams), ...linearParams(parts.head)];
  },
  state: (o) => units(partsOf(o)).flatMap(unitState),
  stacks: ({ depth, activation }) =>
    [0, 1, 2].map((stage) => ({
      layers: Array.from({ length: (depth - 2) / 6 }, (_, block) => `stages.${stage}.blocks.${block}`),
      // The first block of a later stage halves height and width.
      front: stage === 0 ? 0 : 1,
      identity: activation === 'gelu' ? { never: 'GELU behind each block changes what it is given' } : writesNothing,
    })),
  sizes: { depth: ['depth'], width: ['baseWidth'] },
  splits: ({ norm }) => (norm === 'group' || norm === 'layer' ? { never: `the norm ${norm} is taken over all channels of a layer` } : true),
  withLayersOf: (wide, { depth }) => ({ ...wide, depth }),
  activations: (o) => {
    const { stem, blocks } = partsOf(o);
    const active = [stem, ...blocks.flatMap(({ first, second }) => [first, second])];
    return active.map(({ name, outputs, outputAxis }) => ({ layer: name, units: outputs, axis: outputAxis }));
  },
  activation: (o) => o.activation,
  apply: (o, params, x, context) => {
    const [rows = 0, ...shape] = x.shape;
    const size = o.inputs[0] * o.inputs[1] * o.inputs[2];
    demand(
      tf.util.sizeFromShape(shape) === size,
      'resnet',
      `images [${o.inputs.join(', ')}]`,
      shape,
      'Set options.inputs to what the data have.',
    );
    const { stem, blocks, head } = partsOf(o);
    const images = tf.reshape(x, [rows, ...o.inputs]);
    const first = activateUnit(stem, applyUnit(stem, params, images, context), context);
    const last = blocks.reduce<Tensor>((h, block) => applyResidualBlock(block, params, h, context), first);
    const pooled = tf.mean(last, [1, 2]);
    context.tap({ layer: 'head', site: 'input', group: background(2).group }, pooled);
    const logits = applyLinear(head.name, params, pooled);
    context.tap({ layer: 'head', site: 'post-linear', group: null }, logits);
    return logits;
  },
};
