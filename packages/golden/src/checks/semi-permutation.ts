import * as tf from '@tensorflow/tfjs-core';
import { applySemiPermutation, semiPermutation, type SemiPermutation } from '@basinlab/rebasin';
import { attendInCircuits } from '@basinlab/models-transformer';
import { z } from 'zod';
import type { GoldenCheck, GoldenFixture } from '../contract.js';
import { inputOf, parameterOf, toDevice } from '../inputs.js';
import { hostValues } from './reference-mlp.js';

function givenSplit(fixture: GoldenFixture): SemiPermutation {
  const { data, shape } = inputOf(fixture, 'P');
  return semiPermutation(data, shape[0]!, shape[1]!);
}

/** Units of an MLP, or heads, split in more: what comes out stays. */
export const semiPermutationCheck: GoldenCheck = {
  kinds: ['semi_permutation'],
  compute: (fixture) => (fixture.id.endsWith('.heads') ? splitHeads(fixture) : splitUnits(fixture)),
};

const splitHeads: GoldenCheck['compute'] = (fixture) =>
  hostValues(() => {
    const split = givenSplit(fixture);
    const [qk, ov, normal] = ['qk', 'ov', 'n'].map((name) => toDevice(inputOf(fixture, name)));
    const after = { qk: applySemiPermutation(qk!, 0, split, 'copy'), ov: applySemiPermutation(ov!, 0, split, 'split') };
    return {
      ...{ 'qk.after': after.qk, 'ov.after': after.ov },
      'out.before': attendInCircuits(normal!, { qk: qk!, ov: ov! }, { causal: true }),
      'out.after': attendInCircuits(normal!, after, { causal: true }),
    };
  });

const splitUnits: GoldenCheck['compute'] = (fixture) =>
  hostValues(() => {
    const split = givenSplit(fixture);
    const slope = parameterOf(fixture, 'leaky_slope', z.number());
    const [w1, b1, w2, b2, x] = ['W1', 'b1', 'W2', 'b2', 'x'].map((name) => toDevice(inputOf(fixture, name)));
    const before = { w1: w1!, b1: b1!, w2: w2! };
    const after = {
      ...{ w1: applySemiPermutation(w1!, 0, split, 'split'), b1: applySemiPermutation(b1!, 0, split, 'split') },
      w2: applySemiPermutation(w2!, 1, split, 'copy'),
    };
    const activations: Readonly<Record<string, (h: tf.Tensor) => tf.Tensor>> = {
      ...{ relu: tf.relu, leaky_relu: (h) => tf.leakyRelu(h, slope), abs: tf.abs },
      gelu: (h) => tf.mul(h, tf.mul(0.5, tf.add(1, tf.erf(tf.div(h, Math.SQRT2))))),
    };
    const out = (of: typeof before, activation: (h: tf.Tensor) => tf.Tensor): tf.Tensor => {
      const hidden = activation(tf.add(tf.matMul(x as tf.Tensor2D, of.w1 as tf.Tensor2D, false, true), of.b1));
      return tf.add(tf.matMul(hidden as tf.Tensor2D, of.w2 as tf.Tensor2D, false, true), b2!);
    };
    const outputs = Object.entries(activations).flatMap(([name, activation]) => [
      [`y.${name}.before`, out(before, activation)] as const,
      [`y.${name}.after`, out(after, activation)] as const,
    ]);
    return { ...Object.fromEntries(outputs), 'W1.after': after.w1, 'b1.after': after.b1, 'W2.after': after.w2 };
  });
