import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** A small MLP with layer normalisation and GELU, its loss and one AdamW step: what training compiles. */
export type Params = Record<string, Tensor>;
export interface TrainState extends Record<string, Tensor | Params> {
  readonly params: Params;
  readonly m: Params;
  readonly v: Params;
  readonly step: Tensor;
}

const sizes = [6, 8, 8, 4];

const entries = (count: number, seed: number, scale: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => scale * Math.sin(12.9898 * (i + 1) + 78.233 * seed));

/** Parameters, with a leading axis of `models` where given. */
export function makeParams(models?: number): Params {
  const lead = models === undefined ? [] : [models];
  const make = (shape: number[], seed: number, scale: number, offset = 0) => {
    const count = [...lead, ...shape].reduce((a, b) => a * b, 1);
    return tf.tensor(
      entries(count, seed, scale).map((x) => x + offset),
      [...lead, ...shape],
    );
  };
  const params: Params = {};
  for (let i = 0; i + 1 < sizes.length; i++) {
    params[`w${i}`] = make([sizes[i]!, sizes[i + 1]!], i, 0.5);
    params[`b${i}`] = make([sizes[i + 1]!], 10 + i, 0.1);
    if (i + 2 < sizes.length) params[`g${i}`] = make([sizes[i + 1]!], 20 + i, 0.1, 1);
  }
  return params;
}

export function makeBatch(rows = 5): { x: Tensor; y: Tensor } {
  return {
    x: tf.tensor(entries(rows * sizes[0]!, 99, 1), [rows, sizes[0]!]),
    y: tf.tensor1d(
      Array.from({ length: rows }, (_, i) => i % 4),
      'int32',
    ),
  };
}

export function forward(params: Params, input: Tensor): Tensor {
  let x = input;
  for (let i = 0; i + 1 < sizes.length; i++) {
    x = tf.add(tf.matMul(x, params[`w${i}`]!), params[`b${i}`]!);
    if (i + 2 === sizes.length) return x;
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    x = tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, 1e-5))), params[`g${i}`]!);
    x = tf.mul(tf.mul(x, 0.5), tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))));
  }
  return x;
}

export function loss(params: Params, x: Tensor, y: Tensor): tf.Scalar {
  const targets = tf.oneHot(y as tf.Tensor1D, 4);
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(forward(params, x)), targets), -1)));
}

export function gradients(params: Params, x: Tensor, y: Tensor): { value: Tensor; grads: Params } {
  const names = Object.keys(params).sort();
  const record = (tensors: Tensor[]) => Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
  const { value, grads } = tf.valueAndGrads((...tensors: Tensor[]) => loss(record(tensors), x, y))(names.map((name) => params[name]!));
  return { value, grads: record(grads) };
}

const each = (params: Params, f: (name: string) => Tensor): Params =>
  Object.fromEntries(Object.keys(params).map((name) => [name, f(name)]));

export function makeState(models?: number): TrainState {
  const params = makeParams(models);
  return {
    params,
    m: each(params, (name) => tf.zerosLike(params[name]!)),
    v: each(params, (name) => tf.zerosLike(params[name]!)),
    step: tf.zeros(models === undefined ? [] : [models]),
  };
}

export function trainStep(state: TrainState, x: Tensor, y: Tensor): { state: TrainState; loss: Tensor } {
  const { value, grads } = gradients(state.params, x, y);
  const step = tf.add(state.step, 1);
  const m = each(state.m, (name) => tf.add(tf.mul(state.m[name]!, 0.9), tf.mul(grads[name]!, 0.1)));
  const v = each(state.v, (name) => tf.add(tf.mul(state.v[name]!, 0.999), tf.mul(tf.square(grads[name]!), 0.001)));
  const params = each(state.params, (name) => {
    const mean = tf.div(m[name]!, tf.sub(1, tf.pow(0.9, step)));
    const square = tf.div(v[name]!, tf.sub(1, tf.pow(0.999, step)));
    const update = tf.add(tf.div(mean, tf.add(tf.sqrt(square), 1e-8)), tf.mul(state.params[name]!, 0.01));
    return tf.sub(state.params[name]!, tf.mul(update, 1e-2));
  });
  return { state: { params, m, v, step }, loss: value };
}
