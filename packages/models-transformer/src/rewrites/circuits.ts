import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { BasinlabError, demand, type Tensors } from '@basinlab/core';
import type { norms } from '../architectures/norm.js';
import { gateAndIn } from '../architectures/parameter-names.js';
import { streamEnds, streamReader } from '../architectures/stream-ends.js';

// Rewrites of a `gpt2` or a `vit` that leave its logits as they are. Their residual stream can be permuted only: gains of LayerNorm and its mean belong to
// coordinates. Once gains are absorbed by what reads the stream and the mean is taken from what writes to it, it can be rotated.
// Theus et al. 2025 (arXiv 2506.22712), section 3 and appendix; Ashkboos et al. 2024 (arXiv 2401.15024).

const layersOf = (params: Tensors): string[] => {
  const layers = 1 + Math.max(-1, ...Object.keys(params).map((name) => Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? -1)));
  demand(layers > 0 && params['norm.weight'] !== undefined, 'rewrite', 'parameters of gpt2 or vit', Object.keys(params));
  return Array.from({ length: layers }, (_, layer) => `blocks.${layer}`);
};

const copied = (params: Tensors): Tensors => Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, tf.clone(tensor)]));

/** Gains smaller than this have lost what they scaled. */
const smallest = 1e-6;

/**
 * Absorbs the gains of all norms: offset / gain, and what reads the stream times gain. Gains become 1, and a tied head gets weights of its own. Norms of
 * either kind. Reads the gains from the device.
 * @returns new tensors, with `head.weight`
 * @throws BasinlabError where a gain is 0 or nearly so
 */
export async function absorbGains(params: Tensors): Promise<Tensors> {
  const places = [
    ...layersOf(params).flatMap((block) => [
      { norm: `${block}.attentionNorm`, readers: ['query', 'key', 'value'].map((name) => `${block}.attention.${name}.weight`) },
      { norm: `${block}.mlpNorm`, readers: gateAndIn(params, `${block}.mlp`).map((name) => `${name}.weight`) },
    ]),
    { norm: 'norm', readers: [streamReader] },
  ];
  for (const { norm } of places) {
    const gains = await params[`${norm}.weight`]!.data();
    const weakest = gains.findIndex((gain) => !(Math.abs(gain) >= smallest));
    if (weakest >= 0)
      throw new BasinlabError(`${norm}.weight`, `gains of at least ${smallest}, which can be absorbed`, `${gains[weakest]!} at ${weakest}`);
  }
  return tf.tidy(() => {
    const result = copied({ ...params, [streamReader]: params[streamReader] ?? params['tokens.weight']! });
    for (const { norm, readers } of places) {
      const gain = params[`${norm}.weight`]!;
      result[`${norm}.bias`] = tf.div(params[`${norm}.bias`]!, gain);
      for (const reader of readers) result[reader] = tf.mul(result[reader]!, gain);
      result[`${norm}.weight`] = tf.onesLike(gain);
    }
    return result;
  });
}

/**
 * Takes the mean over coordinates from everything that writes to the residual stream, so that LayerNorm finds none: the same function with `norm: rms`.
 * @returns new tensors
 */
export function centreWriters(params: Tensors): Tensors {
  return tf.tidy(() => {
    const result = copied(params);
    const centred = (name: string, axis: number): void => {
      result[name] = tf.sub(params[name]!, tf.mean(params[name]!, axis, true));
    };
    for (const [name, axis] of Object.entries(streamEnds)) if (name !== streamReader && params[name] !== undefined) centred(name, axis);
    for (const block of layersOf(params)) {
      for (const writer of [`${block}.attention.output`, `${block}.mlp.out`])
        for (const part of ['weight', 'bias']) centred(`${writer}.${part}`, 0);
    }
    return result;
  });
}

/**
 * Multiplies query by key and output by value: `blocks.<i>.attention.qk` [heads, width + 1, width + 1], rows on the query's side, with the factor
 * sqrt((width + 1) / head size), and `.ov` [heads, width, width + 1]. The last row and column carry biases. `name` is `blocks.<i>.attention`. Where heads share keys and values, each has circuits
 * of its own.
 */
export function attentionCircuits(params: Tensors, name: string, heads: number, keyValueHeads = heads): { qk: Tensor3D; ov: Tensor3D } {
  return tf.tidy(() => {
    const width = params[`${name}.query.weight`]!.shape[1]!;
    const size = width / heads;
    demand(Number.isInteger(size), name, `heads that divide the width ${width}`, heads);
    const [query, key, value] = ['query', 'key', 'value'].map((reader) => {
      const own = reader === 'query' ? heads : keyValueHeads;
      const bias = tf.reshape(params[`${name}.${reader}.bias`]!, [own * size, 1]);
      const rows = tf.concat([params[`${name}.${reader}.weight`] as Tensor2D, bias as Tensor2D], 1);
      const each = tf.tile(tf.reshape(rows, [own, 1, size, width + 1]), [1, heads / own, 1, 1]);
      return tf.reshape(each, [heads, size, width + 1]);
    });
    const output = tf.transpose(tf.reshape(params[`${name}.output.weight`]!, [width, heads, size]), [1, 0, 2]);
    const qk = tf.mul(tf.matMul(query!, key!, true, false), Math.sqrt((width + 1) / size)) as Tensor3D;
    return { qk, ov: tf.matMul(output, value!) as Tensor3D };
  });
}

/** What a model is rewritten to circuits by. */
export interface ToCircuitsOptions {
  readonly heads: number;
  /** Default: as many as heads. */
  readonly keyValueHeads?: number | undefined;
  /** RMSNorm sees the mean like everything else, so that nothing is centred. Default `layer`. */
  readonly norm?: (typeof norms)[number];
}

/**
 * Parameters of `gpt2-circuits`, or of `vit-circuits`, with the function of a `gpt2` (tied or not), or of a `vit`: gains absorbed, writers centred, attention
 * as circuits.
 * @returns new tensors
 * @throws BasinlabError where a gain is 0 or nearly so, or heads do not divide the width
 */
export async function toCircuits(params: Tensors, { heads, keyValueHeads = heads, norm = 'layer' }: ToCircuitsOptions): Promise<Tensors> {
  const absorbed = await absorbGains(params);
  const result = tf.tidy(() => {
    const centred = norm === 'layer' ? centreWriters(absorbed) : absorbed;
    const circuits: Tensors = {};
    for (const [name, tensor] of Object.entries(centred)) {
      const isGain = /orm\.weight$/.test(name);
      const isFactor = /\.attention\.(query|key|value)\.|\.attention\.output\.weight$/.test(name);
      if (!isGain && !isFactor) circuits[name] = tensor;
    }
    for (const block of layersOf(params)) {
      const { qk, ov } = attentionCircuits(centred, `${block}.attention`, heads, keyValueHeads);
      circuits[`${block}.attention.qk`] = qk;
      circuits[`${block}.attention.ov`] = ov;
    }
    return copied(circuits);
  });
  tf.dispose(absorbed);
  return result;
}
