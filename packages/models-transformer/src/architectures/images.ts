import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { demand } from '@basinlab/core';
import type { ApplyContext, GroupAxis, ParamSpec, Tensors } from '@basinlab/core';
import { deviation } from './deviations.js';
import { applyLinear, linearParams } from './linear.js';

// What stands before and behind the blocks of a vision transformer: patches as tokens, and classes read from one token or from the mean.

const count = z.number().int().positive();

/** Options of the ends of a vision transformer. */
export const imageOptions = {
  /** Height, width and channels of an image. */
  inputs: z.tuple([count, count, count]),
  classes: count,
  /** Side of the square patches that images are cut into. */
  patch: count.default(4),
  /** What the classes are read from: a token of its own, or the mean over patches. */
  pooling: z.enum(['class-token', 'mean']).default('class-token'),
};

/** Sizes of the ends of a vision transformer. */
export interface ImagePlace {
  /** Of the architecture, for errors. */
  readonly id: string;
  readonly inputs: readonly [number, number, number];
  readonly classes: number;
  readonly patch: number;
  readonly width: number;
  readonly pooling: 'class-token' | 'mean';
  /** The residual stream. */
  readonly residual: GroupAxis;
}

/** Patches of an image, and their number; an image that is no whole number of patches is refused. */
function patchesOf({ id, inputs: [height, width], patch }: ImagePlace): { rows: number; columns: number } {
  const [rows, columns] = [height / patch, width / patch];
  const isWhole = Number.isInteger(rows) && Number.isInteger(columns);
  demand(isWhole, id, `images of whole patches of ${patch} x ${patch}`, [height, width], 'Set options.patch.');
  return { rows, columns };
}

/** What makes tokens of patches. */
export function patchParams(place: ImagePlace): ParamSpec[] {
  const { width, patch, inputs, residual, pooling } = place;
  const { rows, columns } = patchesOf(place);
  const embedding = { init: { kind: 'normal', deviation }, role: 'embedding' } as const;
  const hasToken = pooling === 'class-token';
  return [
    ...linearParams({ name: 'patches', inputs: patch ** 2 * inputs[2], outputs: width, inputAxis: null, outputAxis: residual, deviation }),
    ...(hasToken ? [{ ...embedding, name: 'classToken.weight', shape: [width], axes: [residual] }] : []),
    { ...embedding, name: 'positions.weight', shape: [rows * columns + (hasToken ? 1 : 0), width], axes: [null, residual] },
  ];
}

/** What reads the classes. */
export const classParams = ({ width, classes, residual }: ImagePlace): ParamSpec[] =>
  linearParams({ name: 'head', inputs: width, outputs: classes, inputAxis: residual, outputAxis: null, deviation });

/** Images `x` [batch, height, width, channels], or flat, as tokens with positions -> [batch, tokens, width]. A patch is read row by row, channels last. */
export function embedPatches(place: ImagePlace, params: Tensors, x: Tensor): Tensor {
  const { rows, columns } = patchesOf(place);
  const { id, inputs, patch, width, pooling } = place;
  const [height, breadth, channels] = inputs;
  const [batch = 0, ...shape] = x.shape;
  const isOfSize = tf.util.sizeFromShape(shape) === height * breadth * channels;
  demand(isOfSize, id, `images ${inputs.join(' x ')}`, shape, 'Set options.inputs to what the data have.');
  const cut = tf.transpose(tf.reshape(x, [batch, rows, patch, columns, patch, channels]), [0, 1, 3, 2, 4, 5]);
  const patches = applyLinear('patches', params, tf.reshape(cut, [batch, rows * columns, patch * patch * channels]));
  const first = (): Tensor => tf.tile(tf.reshape(params['classToken.weight']!, [1, 1, width]), [batch, 1, 1]);
  return tf.add(pooling === 'class-token' ? tf.concat([first(), patches], 1) : patches, params['positions.weight']!);
}

/** Classes from the tokens behind the last norm [batch, tokens, width] -> logits [batch, classes]. */
export function readClasses({ width, pooling, residual }: ImagePlace, params: Tensors, normal: Tensor, context: ApplyContext): Tensor {
  const batch = normal.shape[0]!;
  const features =
    pooling === 'class-token' ? tf.reshape(tf.slice(normal, [0, 0, 0], [batch, 1, width]), [batch, width]) : tf.mean(normal, 1);
  context.tap({ layer: 'head', site: 'input', group: residual.group }, features);
  return tf.add(tf.matMul(features as Tensor2D, params['head.weight'] as Tensor2D, false, true), params['head.bias']!);
}
