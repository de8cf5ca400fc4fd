import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '../../index.js';
import type { ActivationBatch, Architecture, SymmetryBreaking } from '../../contracts/index.js';
import { architectureContract } from './architecture.js';
import { testContract } from '../jest.js';
import type { Contract } from './check.js';
import { datasetContract } from './dataset.js';
import { engineContract } from './engine.js';
import { metricContract } from './metric.js';
import { rebasinContract } from './rebasin.js';
import { sampleNormal } from './sample.js';
import { symmetryBreakingContract } from './symmetry-breaking.js';
import { tinyBreaking, tinyDataset, tinyEngine, tinyMetric, tinyMlp, tinyRebasin } from './tiny-plugins.fixture.js';

beforeAll(() => tf.setBackend('cpu'));

const network = { architecture: tinyMlp, architectureOptions: {}, inputShape: [6] };
const model = { architecture: tinyMlp, options: {}, inputShape: [6] };
const batch = (): ActivationBatch => ({
  rows: 7,
  columns: [{ name: 'h', field: { model: 'a', layer: 'hidden', site: 'post-activation' }, tensor: sampleNormal('h', [7, 4]) }],
});

testContract(architectureContract(tinyMlp, [{ options: { width: 5 }, inputShape: [6] }]));
testContract(symmetryBreakingContract(tinyBreaking, [{ ...network, options: { scale: 2 } }]));
const none: SymmetryBreaking<Record<string, never>> = {
  id: 'none',
  summary: 'breaks nothing',
  options: tinyDataset.options,
  constants: () => null,
};
testContract(symmetryBreakingContract(none, [{ ...network, options: {}, breaks: false }]));
testContract(rebasinContract(tinyRebasin, [model]));
testContract(metricContract(tinyMetric, [{ name: 'noise', batch }]));
testContract(datasetContract(tinyDataset, [{ options: {}, samples: { train: 6, validation: 2, test: 3 } }]));
testContract(engineContract(tinyEngine));

/** Names of the checks that fail. */
async function failures({ checks }: Contract): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of checks) {
    try {
      await run();
    } catch {
      failed.push(name);
    }
  }
  return failed;
}

describe('the suites notice', () => {
  const mlp = (change: Partial<typeof tinyMlp>) =>
    failures(architectureContract({ ...tinyMlp, ...change }, [{ options: {}, inputShape: [6] }]));
  const params = (change: (specs: ReturnType<typeof tinyMlp.params>) => ReturnType<typeof tinyMlp.params>): Partial<typeof tinyMlp> => ({
    params: (options) => change(tinyMlp.params(options)),
  });

  test.each<[string, Partial<typeof tinyMlp>, string]>([
    ['an id with capitals', { id: 'Tiny' }, 'the id is'],
    ['a name used twice', params((specs) => [...specs, specs[1]!]), 'unique names'],
    ['a forgotten bias axis', params(([w, b, o]) => [w!, { ...b!, axes: [null] }, o!]), 'leaves the logits equal'],
    ['a missing axis entry', params(([w, b, o]) => [{ ...w!, axes: [{ group: 'hidden' }] }, b!, o!]), 'one axis entry each'],
    ['a weight without fan-in', params(([w, b, o]) => [{ ...w!, fanIn: 0 }, b!, o!]), 'fan-in'],
    [
      'a group of two sizes',
      params(([w, b, o]) => [w!, b!, { ...o!, axes: [{ group: 'hidden' }, { group: 'hidden' }] }]),
      'same number of things',
    ],
    ['a wrong width', { activations: () => [{ layer: 'hidden', units: 9, axis: { group: 'hidden' } }] }, 'width of their group'],
    ['a layer without tap', { apply: (o, p, x, context) => tinyMlp.apply(o, p, x, { ...context, tap: () => undefined }) }, 'taps name'],
    [
      'rows that depend on each other',
      { apply: (o, p, x, context) => tinyMlp.apply(o, p, tf.sub(x, tf.mean(x, 0)), context) },
      'do not depend on the others',
    ],
    ['logits of another rank', { apply: (o, p, x, context) => tf.sum(tinyMlp.apply(o, p, x, context), 1) }, 'finite logits'],
  ])('%s', async (_, change, name) => {
    expect(await mlp(change)).toEqual(expect.arrayContaining([expect.stringContaining(name)]));
  });

  test('logits that differ between calls, and tensors left behind', async () => {
    let calls = 0;
    const kept: tf.Tensor[] = [];
    const counting: Architecture = {
      ...tinyMlp,
      apply: (o, p, x, context) => tf.add(tinyMlp.apply(o as never, p, x, context), calls++),
    } as Architecture;
    expect(await failures(architectureContract(counting, [{ options: {}, inputShape: [6] }]))).toContain(
      '{}: evaluation gives finite logits, the same each time, and keeps the state',
    );
    const leaking = {
      ...tinyMlp,
      apply: (...given: Parameters<typeof tinyMlp.apply>) => (kept.push(tf.keep(tf.scalar(1))), tinyMlp.apply(...given)),
    };
    expect(await failures(architectureContract(leaking, [{ options: {}, inputShape: [6] }]))).toHaveLength(6);
    tf.dispose(kept);
  });

  test('dropout that is declared and not used, or used and not declared', async () => {
    const message = '{}: dropout changes the logits in training where it is declared, and nothing else';
    const declared = { ...tinyMlp, dropout: true };
    expect(await failures(architectureContract(declared, [{ options: {}, inputShape: [6] }]))).toEqual([message]);
    const dropping = (...[o, p, x, context]: Parameters<typeof tinyMlp.apply>) =>
      tinyMlp.apply(o, p, context.dropout('inputs', x), context);
    expect(await failures(architectureContract({ ...tinyMlp, apply: dropping }, [{ options: {}, inputShape: [6] }]))).toEqual([message]);
    expect(await failures(architectureContract({ ...declared, apply: dropping }, [{ options: {}, inputShape: [6] }]))).toEqual([]);
  });

  test('constants of another shape, from elsewhere than the key, or that break nothing', async () => {
    const checks = (change: Partial<typeof tinyBreaking>) =>
      failures(symmetryBreakingContract({ ...tinyBreaking, ...change }, [{ ...network, options: {} }]));
    expect(await checks({ constants: (spec) => ({ shift: tf.zeros([...spec.shape, 1]) }) })).toEqual(
      expect.arrayContaining([expect.stringContaining('shape')]),
    );
    let drawn = 0;
    expect(await checks({ constants: (spec) => ({ shift: tf.fill([...spec.shape], drawn++) }) })).toContain(
      '{}: constants depend on the key alone, not on the order of construction',
    );
    expect(await checks({ constants: () => null })).toEqual(['{}: exchanging hidden units changes the logits']);
    expect(await checks({ constants: (spec) => ({ shift: tf.ones([...spec.shape]) }) })).toEqual([
      '{}: another key gives other constants',
      '{}: exchanging hidden units changes the logits',
    ]);
  });

  test('an alignment that is no permutation, misses the planted one, or does not stop', async () => {
    const checks = (align: typeof tinyRebasin.align) => failures(rebasinContract({ ...tinyRebasin, align }, [model]));
    const answer = (indices: number[]) => async () => ({ hidden: { kind: 'permutation' as const, indices: Int32Array.from(indices) } });
    const [valid, equal, planted, stop] = rebasinContract(tinyRebasin, [model])
      .checks.slice(2)
      .map(({ name }) => name);
    expect(await checks(answer([0, 0, 1, 2, 3, 4, 5, 6]))).toEqual([valid, equal, planted, stop]);
    expect(await checks(answer([0, 1, 2, 3, 4, 5, 6, 7]))).toEqual([planted, stop]);
    expect(await checks(answer([1, 0, 2, 3, 4, 5, 6, 7]))).toEqual([equal, planted, stop]);
    expect(await checks((a, b, { signal: _, ...context }) => tinyRebasin.align(a, b, context))).toEqual([stop]);
  });

  test('a metric out of range, of batch means, with shared state, or that takes anything', async () => {
    const checks = (change: Partial<typeof tinyMetric>) =>
      failures(metricContract({ ...tinyMetric, ...change }, [{ name: 'noise', batch, expected: {} }]));
    expect(await checks({ result: () => [{ name: 'mean', value: 1.1 }] })).toEqual([
      'noise: rows have unique names and values in the range',
    ]);
    expect(
      await checks({
        result: ({ rows }) => [{ name: 'mean', value: 1 / rows ** 2 }],
        update: ({ rows }, b) => ({ sum: b.columns[0]!.tensor.size, rows: rows + 1 }),
      }),
    ).toEqual([
      'a batch without the inputs is refused with an error that names the metric',
      'noise: splitting the data into batches changes nothing',
    ]);
    const shared = { sum: 0, rows: 0 };
    expect(
      await checks({
        init: () => shared,
        update: (state, b) => Object.assign(state, tinyMetric.update(state, b)),
        result: ({ rows }) => [{ name: 'mean', value: 1 / (1 + rows) }],
      }),
    ).toContain('noise: a run starts from an empty state, its result can be read twice, and the batch stays as it was');
    const wrong = metricContract(tinyMetric, [{ name: 'noise', batch, expected: { mean: 2 } }]);
    expect(await failures(wrong)).toEqual(['noise: values are those expected']);
  });

  test('a dataset with labels out of range or tensors that dispose forgets', async () => {
    const checks = (change: object) =>
      failures(
        datasetContract({ ...tinyDataset, load: async (options) => ({ ...(await tinyDataset.load(options)), ...change }) }, [
          { options: {} },
        ]),
      );
    expect(await checks({ classes: 2 })).toEqual([
      '{}: splits hold finite float32 inputs and int32 labels from 0 to classes - 1, and dispose leaves nothing',
    ]);
    expect(await checks({ inputShape: [3] })).toHaveLength(1);
    const before = tf.memory().numTensors;
    expect(await checks({ dispose: () => undefined })).toHaveLength(3);
    expect(tf.memory().numTensors).toBeGreaterThan(before);
  });

  test('an engine that is not there or does not become the backend', async () => {
    const status = async () => ({ available: false, detail: 'no library' });
    expect(await failures(engineContract({ ...tinyEngine, status }))).toEqual(['says in words what it found']);
    const start = async () => ({ ...(await tinyEngine.start()), backend: 'other' });
    expect(await failures(engineContract({ ...tinyEngine, start }))).toEqual([
      'becomes the current backend each time it starts and describes itself in JSON',
    ]);
  });
});
