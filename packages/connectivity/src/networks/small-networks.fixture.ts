import { buildNetwork } from '@basinlab/core';
import type { Activation, Architecture, GroupAxis, Network, ParamSpec, SymmetryBreaking } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { z } from 'zod';

const normal = (deviation: number) => ({ kind: 'normal', deviation }) as const;

const denseOptions = z.strictObject({
  widths: z.array(z.number()),
  /** `layer`: with gain and offset. `mean`: less a running mean, with gain and offset. */
  norm: z.enum(['none', 'layer', 'mean']),
  activation: z.enum(['relu', 'gelu', 'gelu-tanh', 'silu', 'identity']),
});
type DenseOptions = z.output<typeof denseOptions>;
const axis = (layer: number) => ({ group: `hidden.${layer}` });
/** Units of a layer, and weights that read them. */
function axesOf({ norm, activation }: DenseOptions): { units(layer: number): GroupAxis; reads(layer: number): GroupAxis } {
  if (norm !== 'none' || activation !== 'relu') return { units: axis, reads: axis };
  const units = (layer: number): GroupAxis => ({ ...axis(layer), kind: 'scaled-permutation' });
  return { units, reads: (layer) => ({ ...units(layer), as: 'reads' }) };
}

/** Linear layers [outputs, inputs] on 4 inputs and 3 classes, with biases and norms. */
export const dense: Architecture<DenseOptions> = {
  id: 'dense',
  summary: 'Small dense networks for tests',
  options: denseOptions,
  params: (o) =>
    [...o.widths, 3].flatMap((units, i): ParamSpec[] => {
      const { widths, norm } = o;
      const own = i === widths.length ? null : axesOf(o).units(i);
      const inputs = widths[i - 1] ?? 4;
      const weight = { name: `${i}.weight`, shape: [units, inputs], init: normal(1 / Math.sqrt(inputs)), role: 'weight' } as const;
      const vector = { shape: [units], axes: [own] };
      const gains: ParamSpec[] =
        own === null || norm === 'none'
          ? []
          : [
              { ...vector, name: `${i}.gain`, role: 'norm', init: { kind: 'uniform', bound: 1.5 } },
              { ...vector, name: `${i}.offset`, role: 'norm', init: normal(0.3) },
            ];
      return [
        { ...weight, axes: [own, i === 0 ? null : axesOf(o).reads(i - 1)] },
        { ...vector, name: `${i}.bias`, role: 'bias', init: normal(0.3) },
        ...gains,
      ];
    }),
  state: ({ widths, norm }) =>
    norm === 'mean' ? widths.map((units, i) => ({ name: `${i}.mean`, shape: [units], axes: [axis(i)], init: 0 })) : [],
  activations: ({ widths }) => widths.map((units, i) => ({ layer: `hidden.${i}`, units, axis: axis(i) })),
  activation: ({ activation }) => activation,
  apply: ({ widths, norm }, params, x, { activate, state }) => {
    const linear = (h: Tensor, i: number): Tensor =>
      tf.add(tf.matMul(h as Tensor2D, params[`${i}.weight`] as Tensor2D, false, true), params[`${i}.bias`]!);
    const normed = (h: Tensor, i: number): Tensor => {
      if (norm === 'none') return h;
      const { mean, variance } = tf.moments(h, 1, true);
      const plain = norm === 'mean' ? tf.sub(h, state[`${i}.mean`]!) : tf.div(tf.sub(h, mean), tf.sqrt(tf.add(variance, 1e-5)));
      return tf.add(tf.mul(plain, params[`${i}.gain`]!), params[`${i}.offset`]!);
    };
    const h = widths.reduce<Tensor>((before, _, i) => activate(`hidden.${i}`, normed(linear(before, i), i)), x);
    return linear(h, widths.length);
  },
};

const channels = 3;
const residualOptions = z.strictObject({});
/** A stem, one block of two convolutions around which values are carried, pooling and a head, on images [4, 1, 1] of one channel. */
const residual: Architecture<z.output<typeof residualOptions>> = {
  id: 'residual',
  summary: 'A small residual network for tests',
  options: residualOptions,
  params: () => {
    const [stream, inner] = [{ group: 'stream' }, { group: 'inner' }];
    const kernel = { init: normal(0.7), role: 'weight' } as const;
    return [
      { ...kernel, name: 'stem', shape: [channels, 1, 3, 3], axes: [stream, null, null, null] },
      { ...kernel, name: 'first', shape: [5, channels, 3, 3], axes: [inner, stream, null, null] },
      { ...kernel, name: 'second', shape: [channels, 5, 3, 3], axes: [stream, inner, null, null] },
      { ...kernel, name: 'head', shape: [3, channels], axes: [null, stream] },
    ];
  },
  activations: () => ['stem', 'first', 'second'].map((layer) => ({ layer, units: channels, axis: { group: layer } })),
  activation: () => 'relu',
  apply: (_, params, x, { activate }) => {
    const convolve = (h: Tensor, name: string): Tensor =>
      tf.conv2d(h as Tensor4D, tf.transpose(params[name] as Tensor4D, [2, 3, 1, 0]), 1, 'same');
    const stem = activate('stem', convolve(tf.reshape(x, [-1, 4, 1, 1]), 'stem'));
    const block = convolve(activate('first', convolve(stem, 'first')), 'second');
    const out = activate('second', tf.add(stem, block));
    return tf.matMul(tf.mean(out, [1, 2]) as Tensor2D, params['head'] as Tensor2D, false, true);
  },
};

const free: SymmetryBreaking<Record<string, never>> = { id: 'free', summary: 'None', options: z.strictObject({}), constants: () => null };
/** Every weight has a fixed part. */
const noisy: SymmetryBreaking<Record<string, never>> = {
  ...free,
  id: 'noisy',
  constants: ({ shape, role }) => (role === 'weight' ? { shift: tf.fill([...shape], 0.3) } : null),
};

export const denseNetwork = (norm: DenseOptions['norm'] = 'none', activation: Activation = 'relu', fixed = false): Network =>
  buildNetwork({ architecture: dense, options: { widths: [7, 6], norm, activation }, breaking: fixed ? noisy : free });
export const residualNetwork = (): Network => buildNetwork({ architecture: residual, options: {}, breaking: free });
