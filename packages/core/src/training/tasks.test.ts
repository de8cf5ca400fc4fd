import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { checkLabels, evaluate, taskLoss, tasks } from '@basinlab/tensor/evaluation';
import { expectAllclose } from '@basinlab/tensor/testing';
import '@tensorflow/tfjs-backend-cpu';
import '../index.js';
import { blobs, collect, marks, parametersOf, smallPlan, tinyNetwork, values } from './training.fixture.js';
import { trainPopulation } from './train-population.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  smallPlan();
});

const outputs = tf.tensor2d([
  [0, -3, 5],
  [200, -200, 0.5],
]);
const several = tf.tensor2d([
  [1, 0, 1],
  [0, 0, 1],
]);

describe('multi-label', () => {
  // Expected: binary_cross_entropy_with_logits of PyTorch 2.15 in float64.
  test('the loss is the mean binary cross entropy over classes, finite for large outputs', () => {
    expectAllclose(tasks['multi-label'].lossOfRows(outputs, several), [0.24948329354093512, 66.82469232806004], { rtol: 1e-6 });
  });
  test('its gradient is the probability less the mark, over rows and classes', () => {
    const gradient = tf.grad((z) => taskLoss('multi-label', z, several))(outputs);
    const expected = [-0.08333333333333333, 0.00790431219626113, -0.0011154751540474555, 1 / 6, 0, -0.0629234447996909];
    expectAllclose(tf.reshape(gradient, [6]), expected, { atol: 1e-7 });
  });
  test('every class is a decision, above 0 there', () => {
    const { countCorrect, decisionsPerRow } = tasks['multi-label'];
    // Wrong: the first of the first row, which is not above 0, and the first of the second.
    expect([countCorrect(outputs, several).dataSync()[0], decisionsPerRow(several)]).toEqual([4, 3]);
  });
});

describe('masked tokens', () => {
  const logits = tf.tensor3d([
    [
      [0, 1, 3],
      [2, 0, 0],
      [1, 1, 0],
    ],
    [
      [5, 0, 0],
      [0, 0, 0],
      [0, 4, 0],
    ],
  ]);
  const labels = tf.tensor2d(
    [
      [2, -1, 0],
      [-1, -1, 2],
    ],
    [2, 3],
    'int32',
  );
  const { lossOfRows, countCorrect, decisionsPerRow } = tasks['masked-tokens'];
  const loss = (row: number[], label: number): number => Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0)) - row[label]!;
  test('the loss of a row is the mean over what is asked for', () => {
    expectAllclose(lossOfRows(logits, labels), [(loss([0, 1, 3], 2) + loss([1, 1, 0], 0)) / 2, loss([0, 4, 0], 2)], { rtol: 1e-6 });
    expectAllclose(lossOfRows(logits, tf.fill([2, 3], -1, 'int32')), [0, 0]);
  });
  test('every row is one decision, right by the share that is found', () => {
    expect([countCorrect(logits, labels).dataSync()[0], decisionsPerRow(labels)]).toEqual([1, 1]);
  });
  test('labels below -1 are refused', async () => {
    await expect(checkLabels('masked-tokens', 'train', { labels: tf.fill([2, 3], -2, 'int32') })).rejects.toThrow('or -1 where none');
  });
});

test('regression is the mean squared error and has no accuracy', () => {
  const targets = tf.tensor2d([
    [1, -3, 5],
    [200, -200, 3.5],
  ]);
  expectAllclose(tasks.regression.lossOfRows(outputs, targets), [1 / 3, 3]);
  expect(tasks.regression.countCorrect(outputs, targets).dataSync()[0]).toBeNaN();
});

test('labels of another shape than the outputs are refused', () => {
  for (const task of ['multi-label', 'regression'] as const)
    expect(() => taskLoss(task, outputs, tf.zeros([2, 4]))).toThrow(`${task}: labels of the shape of the outputs [2, 3], got [2, 4]`);
});

describe('a population', () => {
  test('learns several classes at once', async () => {
    const data = { train: marks(100, 1), validation: marks(30, 3), task: 'multi-label' as const };
    const { events, rows } = await collect(trainPopulation(smallPlan({ data, epochs: 6 })));
    const accuracy = rows.filter(({ name, labels }) => name === 'accuracy' && labels!['split'] === 'validation').map(({ value }) => value);
    expect(accuracy.at(-1)).toBeGreaterThan(0.9);
    expect(Math.max(...rows.filter(({ name }) => name === 'accuracy').map(({ value }) => value))).toBeLessThanOrEqual(1);
    parametersOf(events);
  });

  test('learns values, and has no rows of an accuracy', async () => {
    const data = { train: values(100, 1), validation: values(30, 3), task: 'regression' as const };
    const { events, rows } = await collect(trainPopulation(smallPlan({ data, epochs: 6 })));
    expect(new Set(rows.map(({ name }) => name))).toEqual(new Set(['loss']));
    const losses = rows.filter(({ labels }) => labels!['split'] === 'validation').map(({ value }) => value);
    expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!);
    parametersOf(events);
  });

  test('is refused where labels do not fit the task or the network', async () => {
    const run = (data: Parameters<typeof smallPlan>[0]): Promise<unknown> => collect(trainPopulation(smallPlan(data)));
    const { inputs } = blobs(4, 1);
    const split = (labels: tf.Tensor) => ({ inputs, labels });
    const wrong = split(tf.tensor1d([0, 2, 3, 1], 'int32'));
    const [good, none] = [blobs(4, 1), blobs(0, 1)];
    const before = tf.memory().numTensors;
    await expect(run({ data: { train: wrong, validation: none } })).rejects.toThrow(
      'labels of train: classes from 0 to 2, one for each output of the network, got 3 at sample 2',
    );
    await expect(run({ data: { train: good, validation: wrong } })).rejects.toThrow('labels of validation: classes from 0 to 2');
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('labels are checked by task', async () => {
  const check = (task: 'classification' | 'multi-label' | 'regression', labels: tf.Tensor) => checkLabels(task, 'train', { labels });
  await expect(check('classification', tf.tensor1d([0, -1], 'int32'))).rejects.toThrow(
    'labels of train: classes must be whole numbers from 0, got -1 at sample 1',
  );
  await expect(check('multi-label', tf.tensor2d([[0, 1, 0.5]]))).rejects.toThrow('each class must be marked 0 or 1, got 0.5 at sample 0');
  await expect(check('regression', tf.tensor2d([[1], [NaN]]))).rejects.toThrow('values must be finite, got NaN at sample 1');
  await expect(check('classification', several)).rejects.toThrow('class indices [samples] for classification, got [2, 3]');
});

test('evaluation follows the task', async () => {
  const [split, network] = [marks(23, 5), tinyNetwork()];
  const keys = { initKey: [0, 3], constantsKey: [0, 1] } as const;
  const variables = network.init(keys);
  const logits = network.apply(variables, split.inputs).logits;
  const hits = (logits.arraySync() as number[][]).map(
    (row, i) => row.filter((z, k) => z > 0 === ((split.labels.arraySync() as number[][])[i]![k] === 1)).length,
  );
  for (const batch of [7, 23]) {
    const { loss, accuracy } = await evaluate(network, variables, split, { task: 'multi-label', batch });
    expect(loss).toBeCloseTo(taskLoss('multi-label', logits, split.labels).dataSync()[0]!, 5);
    expect(accuracy).toBeCloseTo(hits.reduce((a, b) => a + b) / (23 * 3), 10);
  }
  expect((await evaluate(network, variables, values(23, 5), { task: 'regression' })).accuracy).toBeNaN();
});
