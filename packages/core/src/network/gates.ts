import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Architecture, SymmetryBreaking } from '../contracts/index.js';
import { foldIn, type Key } from '@basinlab/tensor/random';

// What a breaking of the activation draws for a layer. Units that lie in nests (experts) are mixed within their nest only, each nest by a gate of its own: what an expert does must not depend
// on the units of the others, which need not be computed at all.

type Layer = ReturnType<Architecture['activations']>[number];
type ActivationBreaking<B> = NonNullable<SymmetryBreaking<B>['activation']>;

/** Constants of a layer's activation; where units lie in nests, those of every nest, [nests, ...]. */
export function drawGate<B>(gate: ActivationBreaking<B>, { units, axis: { nest } }: Layer, options: B, key: Key): Tensor {
  if (nest === undefined) return gate.constants(units, options, key);
  return tf.stack(Array.from({ length: units / nest }, (_, at) => gate.constants(nest, options, foldIn(key, at))));
}

/** The activation of a layer with its constants, `x` [..., units] -> the same shape. */
export function applyGate<B>(gate: ActivationBreaking<B>, { units, axis: { nest } }: Layer, x: Tensor, constants: Tensor): Tensor {
  if (nest === undefined) return gate.apply(x, constants);
  const each = tf.unstack(tf.reshape(x, [x.size / units, units / nest, nest]), 1);
  const own = tf.unstack(constants);
  return tf.reshape(
    tf.stack(
      each.map((part, at) => gate.apply(part, own[at]!)),
      1,
    ),
    x.shape,
  );
}
