import { beforeAll, expect, test } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork, elementIndices, type SymmetryTransform, type Tensors, type Variables } from '@basinlab/core';
import { childKey, keyFromSeed, normal, permutation } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { mlp, standard } from '@basinlab/models-asymmetric';
import { applyTransform, composeTransforms, groupSizes, permutations, weightMatching } from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';
import { alignAlong } from './align-along.js';
import { alignPair } from './align-pair.js';

beforeAll(() => tf.setBackend('cpu'));

const key = keyFromSeed(4);
const network = buildNetwork({ architecture: mlp, options: { inputs: 8, widths: [24, 20], outputs: 3, norm: 'none' }, breaking: standard });
const planted = permutations([...groupSizes(network.params)].map(([group, units]) => [group, permutation(childKey(key, group), units)]));

/** Every step adds noise of the size of the start: after a few, weights say little about where a unit came from. */
function walk(start: Tensors, name: string, steps: number): Tensors[] {
  const path = [start];
  for (let step = 1; step <= steps; step++)
    path.push(
      Object.fromEntries(
        Object.entries(path.at(-1)!).map(([at, x]) => {
          const spread = Math.sqrt(tf.mean(tf.square(start[at]!)).dataSync()[0]!) || 0.1;
          return [at, tf.add(x, tf.tensor(normal(childKey(key, `${name} ${step} ${at}`), x.size, { deviation: 0.7 * spread }), x.shape))];
        }),
      ),
    );
  return path;
}

/** Share of the units that come back to where they were before they were exchanged. */
function recovered(transform: SymmetryTransform): number {
  const places = Object.entries(composeTransforms(planted, transform)).flatMap(([group, element]) =>
    [...elementIndices(group, element)].map((from, to) => from === to),
  );
  return places.filter(Boolean).length / places.length;
}

test('local alignments of checkpoints recover what was exchanged before two trainings, where their ends do not', async () => {
  const { params } = network.init({ initKey: childKey(key, 'init'), constantsKey: key });
  const [a, b] = [walk(params, 'a', 6), walk(params, 'b', 6).map((x) => applyTransform(network.params, x, planted))];
  const model = (own: Tensors): Variables => ({ params: own, state: {}, constants: {} });
  const options = {
    network,
    strategy: weightMatching({ restarts: 1 }),
    inputs: tf.zeros([1, 8]),
    key,
    signal: new AbortController().signal,
  };
  const ends = await alignPair({ ...options, a: model(a.at(-1)!), b: model(b.at(-1)!) });
  expect(recovered(ends.transform)).toBeLessThan(0.6);
  const along = a.map((own, epoch) => ({
    epoch,
    load: () => Promise.resolve({ a: model(own), b: model(b[epoch]!), dispose: () => undefined }),
  }));
  const done: number[] = [];
  const before = tf.memory().numTensors;
  const found = await alignAlong({ ...options, along, progress: (hops) => done.push(hops) });
  expect(recovered(found.transform)).toBe(1);
  expect(tf.memory().numTensors).toBe(before + Object.keys(params).length);
  for (const [name, x] of Object.entries(applyTransform(network.params, b.at(-1)!, found.transform)))
    expectAllclose(found.aligned.params[name]!, x, { rtol: 0, atol: 0 });
  expect(done).toEqual(Array.from({ length: 13 }, (_, hop) => hop + 1));
  expect(found.hops.filter(({ distance }) => distance > 0).map(({ from, to }) => [from, to])).toEqual([
    [
      { model: 'b', epoch: 0 },
      { model: 'a', epoch: 0 },
    ],
  ]);
  await expect(alignAlong({ ...options, along: [] })).rejects.toThrow('at least one checkpoint');
});
