import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, test } from '@jest/globals';
import { buildNetwork, type MeasurementRow, type Network, type Variables } from '@basinlab/core';
import { createActivationRecorder } from '@basinlab/core';
import { decodeArrow, encodeArrow } from '@basinlab/core/arrow';
import {
  batchesSource,
  recordedSource,
  runMeasurements,
  type MeasuredRows,
  type Subject,
  type SubjectModel,
} from '@basinlab/core/measurement';
import { drain } from '@basinlab/core/pipeline';
import { keyFromSeed, normal } from '@basinlab/core/random';
import { expectAllclose, measurementContract, type MeasurementExample } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { createBuiltinRegistry } from '@basinlab/experiments';
import { createCostsEvaluator, linearCka, linearModeConnectivity } from '@basinlab/metrics';
import { mlp, standard, syre, w } from '@basinlab/models-asymmetric';
import * as tf from '@tensorflow/tfjs-core';

await tf.setBackend('cpu');

const registry = createBuiltinRegistry();
const shape = { inputs: 6, widths: [5, 4], outputs: 3, norm: 'layer' as const, activation: 'gelu' as const };
const homogeneous = { ...shape, activation: 'relu' as const };
const fixed = { fixedPerUnit: [2, 1, 2], fixedScale: 1 };
const networks: Readonly<Record<string, Network>> = {
  standard: buildNetwork({ architecture: mlp, options: shape, breaking: standard }),
  w: buildNetwork({ architecture: mlp, options: shape, breaking: w, breakingOptions: fixed }),
  'standard-relu': buildNetwork({ architecture: mlp, options: homogeneous, breaking: standard }),
  'w-relu': buildNetwork({ architecture: mlp, options: homogeneous, breaking: w, breakingOptions: fixed }),
  syre: buildNetwork({ architecture: mlp, options: shape, breaking: syre, breakingOptions: { fixedScale: 1 } }),
};
const modelsOf = (network: Network, count: number): Variables[] => {
  const [first, ...others] = Array.from({ length: count }, (_, seed) => ({ initKey: keyFromSeed(seed), constantsKey: keyFromSeed(9) }));
  const one = network.init(first!);
  return [one, ...others.map((keys) => network.init(keys, one))];
};
const examples = () => ({
  inputs: tf.tensor(normal(keyFromSeed(3), 20 * 6), [20, 6]),
  labels: tf.tensor1d(
    Array.from({ length: 20 }, (_, at) => at % 3),
    'int32',
  ),
});

const options: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  'function-class-distance': [{ pairs: 4 }],
  hessian: [{ probes: 2, steps: 4 }],
  'learned-paths': [{ epochs: 1, points: 3 }],
  'loss-plane': [{ columns: 3, rows: 2 }],
  'matching-objective': [{}, { site: 'post-linear', similarity: 'pearson', random: 5 }],
  'rescaled-chord': [{ points: 3, intervals: 4, gradientPoints: 2 }],
  'rescaled-plane': [{ epochs: 1, points: 3, columns: 3, rows: 2 }],
  'realization-cost': [{}, { pairs: true }],
  'ridge-realization': [
    { pairs: 3, perPair: true },
    { pairs: 2, activation: 'gelu', betas: [0.1, 1] },
  ],
  'simplex-connectivity': [{ divisions: 2 }],
  'swap-cost': [{}, { pairs: true, layers: ['layers.1'] }],
  'tangent-kernel': [{ samples: 8 }],
  'tangent-kernel-change': [{ samples: 6 }],
  linearization: [{ samples: 6 }],
};

/** Measurements of symmetries that only homogeneous activations have. */
const ofScalings = ['rescaled-chord', 'rescaled-plane', 'symmetric-paths'];

const examplesOf = (id: string, of: string): MeasurementExample[] =>
  (options[id] ?? [{}]).flatMap((chosen) =>
    (ofScalings.includes(id) ? ['standard-relu', 'w-relu'] : ['standard', 'w']).map((network) => ({
      options: chosen,
      network: networks[network]!,
      models: () => modelsOf(networks[network]!, of === 'population' ? 3 : 2),
      examples,
      // A standard layer has nothing fixed; one that says nothing has NaN shares.
      degenerate: true,
      // Fits of functions that are not convex stop at their own tolerance.
      ...(id === 'ridge-realization' ? { tolerance: { rtol: 0.05, atol: 0.05, equalNaN: true } } : {}),
    })),
  );

for (const measurement of registry.list('measurement'))
  testContract(measurementContract(measurement, examplesOf(measurement.id, measurement.of)));

describe('several measurements at once', () => {
  const ids = ['swap-cost', 'subspace-coherence', 'matching-objective', 'cka', 'accuracy', 'linear-mode-connectivity'];
  const requests = ids.map((id) => {
    const measurement = registry.resolve('measurement', id);
    return { measurement, options: measurement.options.parse({}) };
  });

  test('take one forward pass per model, and find what their kernels find', async () => {
    const network = networks['w']!;
    const raw = modelsOf(network, 2);
    const split = examples();
    const models = raw.map((variables, at): SubjectModel => ({
      name: String(at + 1),
      raw: variables,
      standard: network.toStandard(variables),
    }));
    const sources = recordedSource({ network: network.standard, examples: split, batch: 6 });
    let passes = 0;
    const subjects: Subject[] = [
      ...models.map((model): Subject => ({ of: 'model', labels: { model: model.name }, model })),
      { of: 'pair', labels: { pair: '1-2' }, a: models[0]!, b: models[1]!, alignment: 'none' },
    ];
    const measured: MeasuredRows[] = [];
    const run = runMeasurements(requests, subjects, {
      networks: { raw: network, standard: network.standard },
      examples: { examples: split, task: 'classification', splits: {} },
      sources: {
        of: (model, sites) => {
          passes += 1;
          return sources.of(model, sites);
        },
      },
      key: keyFromSeed(1),
      execution: 'map',
    });
    await drain(run, { onEvent: (rows) => void measured.push(rows) });
    expect(passes).toBe(2);
    const rowsOf = (id: string): MeasurementRow[] => measured.filter(({ measurement }) => measurement === id).flatMap(({ rows }) => rows);

    const costs = createCostsEvaluator(network);
    const direct = await costs.measure(raw[0]!, split.inputs);
    const [first] = rowsOf('swap-cost');
    const others = direct[0]!.swapCosts.filter((_, at) => Math.floor(at / 5) !== at % 5);
    expectAllclose(
      first!['mean'] as number,
      others.reduce((sum, cost) => sum + cost / others.length, 0),
      { rtol: 1e-4 },
    );
    expectAllclose(rowsOf('subspace-coherence')[0]!['coherence'] as number, direct[0]!.coherence, { rtol: 1e-4 });
    costs.dispose();

    const connectivity = await linearModeConnectivity(
      network.standard,
      models[0]!.standard!,
      models[1]!.standard!,
      { test: split },
      { steps: 10 },
    );
    expectAllclose(rowsOf('linear-mode-connectivity')[0]!['lossBarrier'] as number, connectivity.splits.test.lossBarrier, { rtol: 1e-5 });
    expect(rowsOf('accuracy').map((row) => row['value'])).toEqual([
      connectivity.splits.test.accuracy[0],
      connectivity.splits.test.accuracy.at(-1),
    ]);
    sources.dispose();
  });

  test('of activations from an Arrow file find what those of the run do', async () => {
    const network = networks['standard']!;
    const split = examples();
    const recorder = createActivationRecorder(network, { batch: 6 });
    const [a, b] = modelsOf(network, 2).map((variables, at) => recorder.record(at === 0 ? 'a' : 'b', variables, split.inputs));
    const joined = a!.map(({ rows, columns }, at) => ({ rows, columns: [...columns, ...b![at]!.columns] }));
    const direct = linearCka.result(joined.reduce((state, batch) => linearCka.update(state, batch), linearCka.init()));
    const file = await encodeArrow(joined);
    const sources = batchesSource(async function* () {
      yield* await decodeArrow(file);
    });
    const subject: Subject = { of: 'pair', labels: {}, a: { name: 'a' }, b: { name: 'b' }, alignment: 'none' };
    const cka = registry.resolve('measurement', 'cka');
    const rows: MeasurementRow[] = [];
    await drain(
      runMeasurements([{ measurement: cka, options: cka.options.parse({}) }], [subject], {
        sources,
        key: keyFromSeed(1),
        execution: 'map',
      }),
      {
        onEvent: (measured) => void rows.push(...measured.rows),
      },
    );
    expect(rows.map(({ layer, value }) => [layer, value])).toEqual(direct.map(({ labels, value }) => [labels!['layer'], value]));
  });
});

describe('theory', () => {
  const swapCosts = async (name: string): Promise<MeasurementRow[]> => {
    const network = networks[name]!;
    const [variables] = modelsOf(network, 1);
    const split = examples();
    const sources = recordedSource({ network: network.standard, examples: split });
    const measurement = registry.resolve('measurement', 'swap-cost');
    const rows: MeasurementRow[] = [];
    const model: SubjectModel = { name: '1', raw: variables!, standard: network.toStandard(variables!) };
    await drain(
      runMeasurements([{ measurement, options: measurement.options.parse({}) }], [{ of: 'model', labels: {}, model }], {
        networks: { raw: network, standard: network.standard },
        sources,
        key: keyFromSeed(1),
        execution: 'map',
      }),
      { onEvent: (measured) => void rows.push(...measured.rows) },
    );
    sources.dispose();
    return rows;
  };

  test('neurons of a standard network trade places at no cost, those of a syre network at one', async () => {
    for (const row of await swapCosts('standard')) expect(Math.abs(row['greatest'] as number)).toBe(0);
    for (const row of await swapCosts('syre')) expect(row['mean']).toBeGreaterThan(0);
  });
});
