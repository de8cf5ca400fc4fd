import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildNetwork, keyFromSeed, type SymmetryBreaking } from '@basinlab/core';
import { randomInt } from '@basinlab/core/random';
import { expectAllclose, architectureContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { gpt2FromTransformers, gpt2ToTransformers } from '../interop/transformers-gpt2.js';
import { gpt2 } from './gpt2.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const unbroken: SymmetryBreaking = { id: 'unbroken', summary: 'Nothing is fixed', options: z.strictObject({}), constants: () => null };
const small = { vocabulary: 7, positions: 6, width: 12, heads: 3, layers: 2, units: 10 };
const tokens = (batch: number, length = 6) => tf.tensor2d(randomInt(keyFromSeed(3), batch * length, 0, 7), [batch, length], 'int32');
const keys = { initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) };

testContract(
  architectureContract(gpt2, [
    { options: small, inputShape: [6], inputs: (batch) => tokens(batch) },
    { options: { ...small, tied: false, layers: 1, heads: 1 }, inputShape: [4], inputs: (batch) => tokens(batch, 4) },
    { options: { ...small, position: 'rotary' }, inputShape: [6], inputs: (batch) => tokens(batch) },
    {
      options: { ...small, position: 'rotary', gated: true, heads: 6, keyValueHeads: 2, norm: 'rms' },
      inputShape: [6],
      inputs: (batch) => tokens(batch),
    },
    { options: { ...small, experts: { count: 3, active: 2, balance: 0.1 } }, inputShape: [6], inputs: (batch) => tokens(batch) },
    {
      options: { ...small, layers: 1, gated: true, norm: 'rms', experts: { count: 4, active: 1, balance: 0 } },
      inputShape: [6],
      inputs: (batch) => tokens(batch),
    },
  ]),
);

test('grouped queries share the keys and values of their head', () => {
  const grouped = buildNetwork({ architecture: gpt2, options: { ...small, layers: 1, heads: 6, keyValueHeads: 2 }, breaking: unbroken });
  const full = buildNetwork({ architecture: gpt2, options: { ...small, layers: 1, heads: 6 }, breaking: unbroken });
  const variables = grouped.init(keys);
  const repeated = (x: tf.Tensor): tf.Tensor => {
    const rest = x.shape.slice(1);
    return tf.reshape(tf.tile(tf.reshape(x, [2, 1, 2, ...rest]), [1, 3, 1, ...rest.map(() => 1)]), [12, ...rest]);
  };
  const params = Object.fromEntries(
    Object.entries(variables.params).map(([name, tensor]) => [name, /attention\.(key|value)\./.test(name) ? repeated(tensor) : tensor]),
  );
  const x = tokens(3);
  expectAllclose(grouped.apply(variables, x).logits, full.apply({ ...variables, params }, x).logits, { rtol: 1e-5, atol: 1e-6 });
});

test('rotary positions: scores depend on how far positions are apart only', () => {
  const network = buildNetwork({
    architecture: gpt2,
    options: { ...small, layers: 1, position: 'rotary', positions: 12 },
    breaking: unbroken,
  });
  const variables = network.init(keys);
  // Larger queries and keys, so that shares are far from equal.
  const params = Object.fromEntries(
    Object.entries(variables.params).map(([name, tensor]) => [name, /(query|key)\.weight|tokens/.test(name) ? tf.mul(tensor, 30) : tensor]),
  );
  const shares = (x: tf.Tensor): tf.Tensor => {
    let found: tf.Tensor | undefined;
    network.apply({ ...variables, params }, x, { tap: ({ layer }, tensor) => (layer.endsWith('.shares') ? (found = tensor) : undefined) });
    return found!;
  };
  // Of the last three positions alone: what is before them takes a share of its own.
  const relative = (x: tf.Tensor, from: number): tf.Tensor => {
    const window = tf.slice(shares(x), [0, 0, from, from], [1, 3, 3, 3]);
    return tf.div(window, tf.sum(window, -1, true));
  };
  const [early, late] = [tf.tensor2d([[1, 2, 3, 4, 5]], [1, 5], 'int32'), tf.tensor2d([[6, 6, 6, 1, 2, 3]], [1, 6], 'int32')];
  expectAllclose(relative(late, 3), relative(early, 0), { rtol: 1e-3, atol: 1e-4 });
  const first = relative(early, 0).dataSync();
  expect(Math.max(...first.slice(3, 6)) - 1 / 2).toBeGreaterThan(0.01);
});

test('sizes that do not go together are refused', () => {
  const build = (options: object) => () => buildNetwork({ architecture: gpt2, options: { ...small, ...options }, breaking: unbroken });
  expect(build({ keyValueHeads: 2 })).toThrow(/heads of keys and values that divide the heads/);
  expect(build({ position: 'rotary', heads: 4 })).toThrow(/heads of even size/);
});

test('a position sees those before it only', () => {
  const network = buildNetwork({ architecture: gpt2, options: small, breaking: unbroken });
  const variables = network.init(keys);
  const [x, changed] = [tf.tensor2d([[1, 2, 3, 4]], [1, 4], 'int32'), tf.tensor2d([[1, 2, 6, 0]], [1, 4], 'int32')];
  const [a, b] = [x, changed].map((inputs) => network.apply(variables, inputs).logits);
  const seen = (logits: tf.Tensor) => tf.slice(logits, [0, 0, 0], [1, 2, 7]);
  expectAllclose(seen(a!), seen(b!), { rtol: 0, atol: 0 });
  expect(tf.max(tf.abs(tf.sub(a!, b!))).dataSync()[0]).toBeGreaterThan(1e-4);
});

describe('names of the transformers library', () => {
  test.each([true, false])('there and back is the same, heads tied: %s', (tied) => {
    const network = buildNetwork({ architecture: gpt2, options: { ...small, tied }, breaking: unbroken });
    const { params } = network.init(keys);
    const theirs = gpt2ToTransformers(params);
    expect(theirs['transformer.h.1.attn.c_attn.weight']!.shape).toEqual([12, 36]);
    const back = gpt2FromTransformers(theirs, { tied });
    expect(Object.keys(back).sort()).toEqual(Object.keys(params).sort());
    for (const [name, tensor] of Object.entries(params)) expectAllclose(back[name]!, tensor, { rtol: 0, atol: 0 });
  });

  test('a missing tensor and one of another architecture are named', () => {
    const network = buildNetwork({ architecture: gpt2, options: small, breaking: unbroken });
    const theirs = gpt2ToTransformers(network.init(keys).params);
    const fewer = Object.fromEntries(Object.entries(theirs).filter(([name]) => name !== 'transformer.h.1.ln_2.bias'));
    expect(() => gpt2FromTransformers(fewer, { tied: true })).toThrow('gpt2: a tensor h.1.ln_2.bias, got none');
    const more = { ...theirs, 'transformer.h.0.crossattention.weight': tf.zeros([1]) };
    expect(() => gpt2FromTransformers(more, { tied: true })).toThrow('tensors of a GPT2LMHeadModel only, got h.0.crossattention.weight');
  });
});

test('bad options and inputs are refused', () => {
  expect(() => buildNetwork({ architecture: gpt2, options: { ...small, heads: 5 }, breaking: unbroken })).toThrow(
    /heads that divide the width/,
  );
  const network = buildNetwork({ architecture: gpt2, options: small, breaking: unbroken });
  const variables = network.init(keys);
  expect(() => network.apply(variables, tokens(1, 7))).toThrow('gpt2: at most 6 positions, got 7');
  expect(() => network.apply(variables, tf.zeros([2, 3, 4]))).toThrow('gpt2: tokens [batch, positions], got [2,3,4]');
});
