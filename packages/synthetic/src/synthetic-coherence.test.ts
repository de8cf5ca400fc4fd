import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildNetwork, keyFromSeed } from '@basinlab/core';
import { expectAllclose } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { bernoulliMask, scalarMaskedRelu } from '@basinlab/models-asymmetric';
import { aggregateCoherence, basisOf, families, latentData, spreadData, syntheticCoherence, type SyntheticCoherenceRow } from './index.js';
import { planeOutputs } from './population.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const tiny = {
  spreads: [1, 3],
  copies: 3,
  width: 6,
  outerSeeds: 2,
  pairs: 2,
  epochs: 2,
  batchSize: 8,
  trainSamples: 16,
  testSamples: 12,
  points: 5,
};

describe('embeddings', () => {
  test.each(families.flatMap((family) => [1, 2, 5].map((spread) => [family, spread] as const)))(
    'of %s with %d copies have orthonormal columns and coherence 1 / r',
    (family, spread) => {
      const basis = basisOf(family, spread, { copies: 5 }, keyFromSeed(4));
      const product = (i: number, j: number) =>
        Array.from({ length: 10 }, (_, row) => basis[2 * row + i]! * basis[2 * row + j]!).reduce((a, b) => a + b, 0);
      expectAllclose([product(0, 0), product(1, 1), product(0, 1)], [1, 1, 0], { atol: 1e-6 });
      const lengths = Array.from({ length: 10 }, (_, row) => basis[2 * row]! ** 2 + basis[2 * row + 1]! ** 2);
      expectAllclose(Math.max(...lengths), 1 / spread, { rtol: 1e-6 });
    },
  );

  test('targets do not depend on the embedding, and inputs keep the length of what they embed', () => {
    const key = keyFromSeed(2);
    const [one, five] = [1, 5].map((spread) => spreadData(basisOf('random-tight-frame', spread, { copies: 5 }, keyFromSeed(4)), 7, key));
    expect(one!.targets).toEqual(five!.targets);
    const length = ({ inputs }: typeof one & object, row: number) =>
      inputs.subarray(10 * row, 10 * row + 10).reduce((sum, value) => sum + value ** 2, 0);
    expectAllclose(length(one!, 3), length(five!, 3), { rtol: 1e-5 });
  });
});

test.each(families)('in the plane of %s inputs a network gives the outputs and gradients that it gives on the inputs', (family) => {
  const [copies, samples] = [4, 30];
  const network = buildNetwork({
    architecture: scalarMaskedRelu,
    options: { inputs: 2 * copies, width: 9 },
    breaking: bernoulliMask,
    breakingOptions: { active: 0.5 },
  });
  const { params, constants } = network.init({ initKey: keyFromSeed(5), constantsKey: keyFromSeed(6) });
  const moved = {
    'hidden.weight': params['hidden.weight']!,
    'hidden.bias': tf.tensor1d(Array.from({ length: 9 }, (_, i) => 0.1 * (i - 4))),
  };
  const basis = basisOf(family, 3, { copies }, keyFromSeed(7));
  const [embedded, { latent }] = [spreadData(basis, samples, keyFromSeed(8)), latentData(samples, keyFromSeed(8))];
  const onInputs = (weights: typeof params) => {
    const inputs = tf.tensor2d(embedded.inputs, [samples, 2 * copies]);
    return tf.reshape(network.apply({ params: weights, constants, state: {} }, inputs).logits, [samples]);
  };
  const inPlane = (weights: typeof params) =>
    planeOutputs(
      network.effective({ params: weights, constants }),
      tf.tensor2d(basis, [2 * copies, 2]),
      tf.transpose(tf.tensor2d(latent, [samples, 2])),
    );
  expectAllclose(inPlane(moved), onInputs(moved), { rtol: 1e-5, atol: 1e-6 });
  const gradients = (outputs: typeof inPlane) =>
    tf.grads((weight, bias) => tf.mean(tf.square(outputs({ 'hidden.weight': weight, 'hidden.bias': bias }))))([
      moved['hidden.weight'],
      moved['hidden.bias'],
    ]);
  const [plane, whole] = [gradients(inPlane), gradients(onInputs)];
  whole.forEach((gradient, i) => expectAllclose(plane[i]!, gradient, { rtol: 1e-4, atol: 1e-6 }));
});

describe('the experiment', () => {
  test('has a row for every family, spread, outer seed and pair; losses tell the barriers; nothing is left behind', async () => {
    const before = tf.memory().numTensors;
    const progress: number[] = [];
    const rows = await syntheticCoherence({ ...tiny, execution: 'map', progress: (done, total) => progress.push(done / total) });
    expect(tf.memory().numTensors).toBe(before);
    expect(progress).toEqual([0.25, 0.5, 0.75, 1]);
    expect(rows).toHaveLength(2 * 2 * 2 * 2);
    for (const { losses, midpointBarrier, peakBarrier, spread, coherence } of rows) {
      expect(coherence).toBe(1 / spread);
      const ends = Math.max(losses[0]!, losses[4]!);
      expect([midpointBarrier, peakBarrier]).toEqual([losses[2]! - ends, Math.max(...losses) - ends]);
    }
  });

  test('is the same for the same seed and however models share the machine, and another for another seed', async () => {
    const losses = (rows: readonly SyntheticCoherenceRow[]) => rows.flatMap((row) => [...row.losses]);
    const once = losses(await syntheticCoherence({ ...tiny, spreads: [2], execution: 'vmap' }));
    expect(losses(await syntheticCoherence({ ...tiny, spreads: [2], execution: 'vmap' }))).toEqual(once);
    expectAllclose(losses(await syntheticCoherence({ ...tiny, spreads: [2], execution: 'map' })), once, { rtol: 1e-4 });
    expect(losses(await syntheticCoherence({ ...tiny, spreads: [2], seed: 2 }))).not.toEqual(once);
  });

  test('the spread changes nothing but the data: with one copy both families differ in places and turns only', async () => {
    const rows = await syntheticCoherence({ ...tiny, copies: 1, spreads: [1], families: ['exact-copy'] });
    expect(new Set(rows.map(({ coherence }) => coherence))).toEqual(new Set([1]));
  });

  test('aggregates over all pairs with the deviation of the sample', () => {
    const row = (midpointBarrier: number, pair: number): SyntheticCoherenceRow => ({
      ...{ family: 'exact-copy', spread: 2, coherence: 0.5, outerSeed: 0, pair, midpointBarrier, peakBarrier: 1, losses: [] },
    });
    const [mean] = aggregateCoherence([row(1, 0), row(3, 1)]);
    expect(mean).toMatchObject({ meanMidpointBarrier: 2, deviation: Math.SQRT2, midpointBarriers: [1, 3] });
    expect(aggregateCoherence([row(1, 0)])[0]!.deviation).toBe(0);
  });

  test('refuses settings that cannot be, and stops when told', async () => {
    await expect(syntheticCoherence({ ...tiny, spreads: [4] })).rejects.toThrow('synthetic-coherence: spreads from 1 to 3, got 4');
    await expect(syntheticCoherence({ ...tiny, trainSamples: 15 })).rejects.toThrow('whole batches of 8');
    await expect(syntheticCoherence({ ...tiny, signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  });
});
