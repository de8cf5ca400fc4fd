import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type ParamSpec, type SymmetryTransform, type Tensors, type Variables } from '@basinlab/core';
import { foldIn, keyFromSeed, normal, permutation, randomInt } from '@basinlab/core/random';
import { expectAllclose, testSymmetryBreaking } from '@basinlab/core/testing';
import { builtinBreakings, standard } from '@basinlab/models-asymmetric';
import { gpt2 } from '@basinlab/models-transformer';
import { applyTransform, createModelMatcher, groupNests, groupSizes } from '@basinlab/rebasin';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const options = { vocabulary: 7, positions: 5, width: 12, heads: 2, layers: 2, units: 6, experts: { count: 3, active: 2 } };
const tokens = (batch: number) => tf.tensor2d(randomInt(keyFromSeed(3), batch * 5, 0, 7), [batch, 5], 'int32');
const onExperts = { architecture: gpt2, architectureOptions: options, inputShape: [5], inputs: tokens };
const breakingOptions: Readonly<Record<string, object>> = { w: { fixedPerUnit: 2 } };
const away = ({ name, shape, init }: ParamSpec, at: number): tf.Tensor => {
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.add(
    tf.tensor(normal(foldIn(keyFromSeed(name.length), at), size, { deviation: 0.5 }), [...shape]),
    init.kind === 'ones' ? 1 : 0,
  );
};

describe('every breaking on a mixture of experts', () => {
  for (const breaking of builtinBreakings) {
    testSymmetryBreaking(breaking, [
      {
        ...onExperts,
        options: breakingOptions[breaking.id] ?? {},
        breaks: breaking.id !== 'standard',
        random: !['standard', 'linear-residual'].includes(breaking.id),
      },
    ]);
  }

  test.each(builtinBreakings.map(({ id }) => id))('%s: experts that keep their units in order', (id) => {
    const breaking = builtinBreakings.find((each) => each.id === id)!;
    const network = buildNetwork({ architecture: gpt2, options, breaking, breakingOptions: breakingOptions[id] ?? {} });
    const [variables, x] = [network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) }), tokens(4)];
    const params: Tensors = Object.fromEntries(network.params.map((spec, at) => [spec.name, away(spec, at)]));
    const nests = groupNests(network.params);
    const swapped: SymmetryTransform = Object.fromEntries(
      Array.from(nests, ([group, nest]) => {
        const order = [1, 2, 0];
        const indices = Int32Array.from({ length: 3 * nest }, (_, at) => order[Math.floor(at / nest)]! * nest + (at % nest));
        return [group, { kind: 'permutation', indices }];
      }),
    );
    const logits = (of: Tensors) => network.apply({ ...variables, params: of }, x).logits;
    const difference = tf.max(tf.abs(tf.sub(logits(applyTransform(network.params, params, swapped)), logits(params)))).dataSync()[0]!;
    const size = tf.max(tf.abs(logits(params))).dataSync()[0]!;
    expect([...nests.keys()]).toEqual(['blocks.0.mlp', 'blocks.1.mlp']);
    if (id === 'standard') expect(difference / size).toBeLessThan(1e-5);
    else expect(difference / size).toBeGreaterThan(1e-3);
  });
});
