import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork } from '@basinlab/core';
import type { SymmetryBreaking } from '@basinlab/core';
import { keyFromSeed, normal } from '@basinlab/core/random';
import { expectAllclose, symmetryBreakingContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { resnet } from '../architectures/resnet.js';
import { sigma } from './sigma.js';
import { syre } from './syre.js';
import { w } from './w.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const architectureOptions = { depth: 8, baseWidth: 3, inputs: [4, 4, 2] as [number, number, number], classes: 3 };
const on = { architecture: resnet, architectureOptions, inputShape: [4, 4, 2] };
const keys = { initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) };
const images = () => tf.tensor(normal(keyFromSeed(3), 3 * 32), [3, 4, 4, 2]);

/** As in the reference: the counts by stage, fewer where a shortcut has few inputs. */
const fixedPerUnit = { 'stem.*': 4, 'stages.0.*': 9, 'stages.1.*': 12, 'stages.2.*': 16, '*.shortcut.*': 1, 'head.*': 4 };
const fixedScale = { '*': 0.5, 'stages.*.first.*': 1, '*.shortcut.*': 0.25 };

testContract(
  symmetryBreakingContract(w, [
    { ...on, options: { fixedPerUnit, fixedScale } },
    { ...on, options: { fixedPerUnit: 1, positions: 'random-channels' } },
    { ...on, options: { fixedPerUnit: 1, positions: 'bounded', fixedScale: 2 } },
  ]),
);
testContract(symmetryBreakingContract(syre, [{ ...on, options: { fixedScale } }]));
testContract(symmetryBreakingContract(sigma, [{ ...on, options: {} }]));

const build = <B>(breaking: SymmetryBreaking<B>, breakingOptions: Partial<B>) =>
  buildNetwork({ architecture: resnet, options: architectureOptions, breaking, breakingOptions });

describe('w on a residual network', () => {
  test('fixes the counts that the patterns give, times the sparsity, in convolutions, shortcuts and the head', () => {
    const { constants } = build(w, { fixedPerUnit, sparsity: 1.5 }).init(keys);
    const fixed = (name: string): number[] =>
      Array.from(
        tf.sum(tf.sub(1, tf.reshape(constants[`${name}.weight.scale`]!, [constants[`${name}.weight.scale`]!.shape[0]!, -1])), 1).dataSync(),
      );
    expect(fixed('stem.conv')).toEqual([6, 6, 6]);
    expect(fixed('stages.0.blocks.0.second.conv')).toEqual([13, 13, 13]);
    expect(fixed('stages.1.blocks.0.shortcut.conv')).toEqual(Array(6).fill(1));
    expect(fixed('stages.2.blocks.0.first.conv')).toEqual(Array(12).fill(24));
    expect(fixed('head.linear')).toEqual(Array(3).fill(6));
  });

  test('fixes whole input channels with all their taps', () => {
    const { constants } = build(w, { fixedPerUnit: 1, positions: 'random-channels' }).init(keys);
    const mask = constants['stages.0.blocks.0.first.conv.weight.scale']!;
    const perChannel = Array.from(tf.sum(mask, [2, 3]).dataSync());
    expect(new Set(perChannel)).toEqual(new Set([0, 9]));
    expect(perChannel.filter((taps) => taps === 0)).toHaveLength(3);
  });

  test('fixes nothing where positions are none', () => {
    const { constants } = build(w, { fixedPerUnit: 1, positions: 'none' }).init(keys);
    expect(tf.min(constants['stem.conv.weight.scale']!).dataSync()[0]).toBe(1);
    expect(tf.max(tf.abs(constants['stem.conv.weight.shift']!)).dataSync()[0]).toBe(0);
  });

  test('refuses a shortcut with too few inputs for distinct sets', () => {
    const narrow = { ...architectureOptions, baseWidth: 1 };
    const network = buildNetwork({
      architecture: resnet,
      options: narrow,
      breaking: w,
      breakingOptions: { fixedPerUnit: 0, positions: 'densest' },
    });
    expect(() => network.init(keys)).toThrow(
      'w: 2 distinct sets of fixed weights for the units of stages.1.blocks.0.shortcut.conv.weight (positions densest), got 1',
    );
  });

  test('starts convolutions like the standard network, uniform within 1 / sqrt(fan-in), and the head wider', () => {
    const { params } = build(syre, {}).init(keys);
    const conv = params['stages.2.blocks.0.second.conv.weight']!;
    const bound = 1 / Math.sqrt(12 * 9);
    expect(tf.max(tf.abs(conv)).dataSync()[0]).toBeLessThanOrEqual(bound);
    expect(tf.mean(tf.square(conv)).dataSync()[0]! / bound ** 2).toBeCloseTo(1 / 3, 1);
    expect(tf.max(tf.abs(params['head.linear.weight']!)).dataSync()[0]).toBeGreaterThan(1 / Math.sqrt(12));
  });
});

test('sigma gates the channels of every position', () => {
  const network = build(sigma, {});
  const variables = network.init(keys);
  const at: Record<string, tf.Tensor> = {};
  network.apply(variables, images(), { tap: ({ layer, site }, x) => void (at[`${layer} ${site}`] = x) });
  const before = at['stem post-norm']!;
  const mixed = tf.einsum('nhwc,dc->nhwd', before, variables.constants['stem.gate']!);
  expectAllclose(at['stem post-activation']!, tf.mul(before, tf.sigmoid(mixed)), { rtol: 1e-5, atol: 1e-6 });
});

test('starting where a broken network does keeps its function', () => {
  const options = { architecture: resnet, options: architectureOptions, breaking: w, breakingOptions: { fixedPerUnit, fixedScale } };
  const plain = buildNetwork({ ...options, initialisationOnly: true });
  const broken = buildNetwork(options);
  const [from, of] = [plain.init(keys), broken.init(keys)];
  expect(from.constants).toEqual({});
  expectAllclose(plain.apply(from, images()).logits, broken.apply(of, images()).logits, { rtol: 1e-5, atol: 1e-6 });
});
