import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  buildNetwork,
  type LoadedDataset,
  type RebasinStrategy,
  type SymmetryTransform,
  type Variables,
  type WeightRebasinStrategy,
} from '@basinlab/core';
import { defineMeasurement, type MeasurementRequest } from '@basinlab/core/measurement';
import { childKey, keyFromSeed, normal, permutation } from '@basinlab/core/random';
import { mlp, standard } from '@basinlab/models-asymmetric';
import { activationMatching, applyTransform, groupSizes, permutations, weightMatching } from '@basinlab/rebasin';
import { firstValueFrom, toArray } from 'rxjs';
import { z } from 'zod';
import { measureModels } from './measure-models.js';

beforeAll(() => tf.setBackend('cpu'));

const key = keyFromSeed(5);
const network = buildNetwork({ architecture: mlp, options: { inputs: 6, widths: [7, 5], outputs: 3 }, breaking: standard });
const planted = (name: string): SymmetryTransform =>
  permutations([...groupSizes(network.params)].map(([group, units]) => [group, permutation(childKey(childKey(key, name), group), units)]));

/** Four models that are one, three of them with units exchanged. */
function models(): { name: string; variables: Variables }[] {
  const fresh = network.init({ initKey: childKey(key, 'init'), constantsKey: childKey(key, 'constants') });
  return ['1', '2', '3', '4'].map((name) => ({
    name,
    variables: { ...fresh, params: applyTransform(network.params, fresh.params, name === '1' ? {} : planted(name)) },
  }));
}

function dataset(): LoadedDataset {
  const inputs = tf.tensor2d(normal(childKey(key, 'inputs'), 40 * 6), [40, 6]);
  const labels = tf.tensor1d(
    Int32Array.from({ length: 40 }, (_, i) => i % 3),
    'int32',
  );
  const split = { inputs, labels };
  return { train: split, validation: split, test: split, classes: 3, inputShape: [6], dispose: () => tf.dispose([inputs, labels]) };
}

const value = { name: 'distance', summary: 'largest difference to the first model', role: 'value', type: 'number' } as const;
const apart = (variables: readonly Variables[]): number =>
  tf.tidy(() =>
    Math.max(
      ...variables
        .slice(1)
        .flatMap(({ params }) =>
          Object.entries(params).map(([name, x]) => tf.max(tf.abs(tf.sub(x, variables[0]!.params[name]!))).dataSync()[0]!),
        ),
    ),
  );
const ofPopulation: MeasurementRequest = {
  options: {},
  measurement: defineMeasurement({
    ...{ id: 'apart', summary: 'how far models are from the first', of: 'population', options: z.strictObject({}), columns: [value] },
    needs: { weights: 'standard' },
    measure: ({ models: all }) => Promise.resolve([{ distance: apart(all.map(({ variables }) => variables)) }]),
  }),
};
const ofPairs: MeasurementRequest = {
  options: {},
  measurement: defineMeasurement({
    ...{ id: 'apart-pair', summary: 'how far the second model is', of: 'pair', options: z.strictObject({}), columns: [value] },
    needs: { weights: 'standard' },
    measure: ({ a, b }) => Promise.resolve([{ distance: apart([a.variables, b.variables]) }]),
  }),
};

/** A strategy that tells what it was asked to align. */
function counted(strategy: RebasinStrategy, log: string[]): RebasinStrategy {
  const align = (...of: Parameters<typeof strategy.align>): Promise<SymmetryTransform> => {
    log.push('pair');
    return (strategy.align as (...given: typeof of) => Promise<SymmetryTransform>)(...of);
  };
  if (strategy.needs === 'weights') {
    const alignMany: WeightRebasinStrategy['alignMany'] = (all, context) => {
      log.push(`${all.length} models`);
      return strategy.alignMany!(all, context);
    };
    return { ...strategy, align, alignMany };
  }
  return { ...strategy, align } as RebasinStrategy;
}

async function measured(requests: readonly MeasurementRequest[], alignments: readonly ('none' | RebasinStrategy)[]) {
  const [data, population] = [dataset(), models()];
  const before = tf.memory().numTensors;
  const options = { network, models: population, requests, data, alignments, key, execution: 'map' } as const;
  const rows = await firstValueFrom(measureModels(options).pipe(toArray()));
  expect(tf.memory().numTensors).toBe(before);
  data.dispose();
  tf.dispose(population as unknown as tf.TensorContainer);
  return rows.map(({ measurement, labels, rows: [row] }) => ({ measurement, ...labels, distance: row!['distance'] as number }));
}

test('a population is measured as it is and brought to its first model: at once by strategies that can, else one by one', async () => {
  const log: string[] = [];
  const rows = await measured([ofPopulation], ['none', counted(weightMatching(), log), counted(activationMatching(), log)]);
  expect(rows.map((row) => ('alignment' in row ? row.alignment : null))).toEqual(['none', 'weight-matching', 'activation-matching']);
  expect(rows[0]!.distance).toBeGreaterThan(0.1);
  for (const { distance } of rows.slice(1)) expect(distance).toBe(0);
  expect(log.sort()).toEqual(['4 models', 'pair', 'pair', 'pair']);
});

test('pairs beside a population: the pair with the first model is aligned once, and only pairs that were asked for have rows', async () => {
  const log: string[] = [];
  const rows = await measured([ofPairs, ofPopulation], [counted(activationMatching(), log)]);
  expect(rows.map((row) => [row.measurement, 'pair' in row ? row.pair : null])).toEqual([
    ['apart-pair', '1-2'],
    ['apart-pair', '3-4'],
    ['apart', null],
  ]);
  for (const { distance } of rows) expect(distance).toBe(0);
  // 1-2, 3-4, 1-3 and 1-4.
  expect(log).toHaveLength(4);
});

test('what nobody looks at is not aligned', async () => {
  const log: string[] = [];
  expect(await measured([ofPairs], [counted(weightMatching(), log)])).toHaveLength(2);
  expect(log).toEqual(['pair', 'pair']);
});
