import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { demand } from '@basinlab/core';
import type { Architecture, ParamSpec } from '@basinlab/core';
import { applyBlockStack, blockStackActivations, blockStackParams, deviation, residual, type BlockStack } from './block.js';
import { applyLinear, linearParams } from './linear.js';
import { norms } from './norm.js';

const count = z.number().int().positive();

const options = z
  .strictObject({
    /** Height, width and channels of an image. */
    inputs: z.tuple([count, count, count]),
    classes: count,
    /** Side of the square patches that images are cut into. */
    patch: count.default(4),
    /** Of the residual stream. */
    width: count.default(64),
    layers: count.default(2),
    heads: count.default(4),
    /** Units of each MLP. Default 4 times the width. */
    units: count.optional(),
    /** What the classes are read from: a token of its own, or the mean over patches. */
    pooling: z.enum(['class-token', 'mean']).default('class-token'),
    norm: z.enum(norms).default('layer'),
    /** Added to variances, or to mean squares. */
    epsilon: z.number().positive().default(1e-6),
  })
  .refine(({ width, heads }) => width % heads === 0, { error: 'heads that divide the width', path: ['heads'] });
/** Options of `vit`. */
export type VitOptions = z.output<typeof options>;

const stackOf = (o: VitOptions): BlockStack => ({ ...o, causal: false });

/** Patches of an image, and their number; an image that is no whole number of patches is refused. */
function patchesOf({ inputs: [height, width], patch }: VitOptions): { rows: number; columns: number } {
  const [rows, columns] = [height / patch, width / patch];
  demand(
    Number.isInteger(rows) && Number.isInteger(columns),
    'vit',
    `images of whole patches of ${patch} x ${patch}`,
    [height, width],
    'Set options.patch.',
  );
  return { rows, columns };
}

const tokensOf = (o: VitOptions): number => patchesOf(o).rows * patchesOf(o).columns + (o.pooling === 'class-token' ? 1 : 0);

/**
 * Vision transformer: patches as tokens with learned positions, blocks of attention and an MLP with LayerNorm before each, and a class read from a token of
 * its own or from the mean. `x` [batch, height, width, channels], or flat -> logits [batch, classes]. A patch is read row by row, channels last. The same
 * groups as in `gpt2`. Dosovitskiy et al. 2021, arXiv 2010.11929.
 */
export const vit: Architecture<VitOptions> = {
  id: 'vit',
  summary: 'Vision transformer: patches of an image as tokens, LayerNorm before attention and MLP',
  options,
  params: (o) => {
    const embedding = { init: { kind: 'normal', deviation }, role: 'embedding' } as const;
    const classToken: ParamSpec = { ...embedding, name: 'classToken.weight', shape: [o.width], axes: [residual] };
    return [
      ...linearParams({
        ...{ name: 'patches', inputs: o.patch ** 2 * o.inputs[2], outputs: o.width, inputAxis: null, outputAxis: residual },
        deviation,
      }),
      ...(o.pooling === 'class-token' ? [classToken] : []),
      { ...embedding, name: 'positions.weight', shape: [tokensOf(o), o.width], axes: [null, residual] },
      ...blockStackParams(stackOf(o)),
      ...linearParams({ name: 'head', inputs: o.width, outputs: o.classes, inputAxis: residual, outputAxis: null, deviation }),
    ];
  },
  activations: (o) => blockStackActivations(stackOf(o)),
  activation: () => 'gelu',
  apply: (o, params, x, context) => {
    const { rows, columns } = patchesOf(o);
    const { inputs, patch, width } = o;
    const [height, breadth, channels] = inputs;
    const [batch = 0, ...shape] = x.shape;
    demand(
      tf.util.sizeFromShape(shape) === height * breadth * channels,
      'vit',
      `images ${inputs.join(' x ')}`,
      shape,
      'Set options.inputs to what the data have.',
    );
    const cut = tf.transpose(tf.reshape(x, [batch, rows, patch, columns, patch, channels]), [0, 1, 3, 2, 4, 5]);
    const patches = applyLinear('patches', params, tf.reshape(cut, [batch, rows * columns, patch * patch * channels]));
    const isToken = o.pooling === 'class-token';
    const first = (): Tensor => tf.tile(tf.reshape(params['classToken.weight']!, [1, 1, width]), [batch, 1, 1]);
    const tokens = isToken ? tf.concat([first(), patches], 1) : patches;
    const normal = applyBlockStack(stackOf(o), params, tf.add(tokens, params['positions.weight']!), context);
    const features = isToken ? tf.reshape(tf.slice(normal, [0, 0, 0], [batch, 1, width]), [batch, width]) : tf.mean(normal, 1);
    context.tap({ layer: 'head', site: 'input', group: residual.group }, features);
    return tf.add(tf.matMul(features as Tensor2D, params['head.weight'] as Tensor2D, false, true), params['head.bias']!);
  },
};
