import { afterAll, beforeAll, describe, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork, type Network, type Split, type SymmetryBreaking, type Variables } from '@basinlab/core';
import { keyFromSeed, normal, randomInt } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { createMixtureEvaluator, type PointLosses } from '@basinlab/metrics/mixture';
import { mlp, resnet, sigma, standard, syre, w } from '@basinlab/models-asymmetric';
import { xlaEngine } from '@basinlab/xla';

const { available, detail } = await xlaEngine.status();
if (!available) process.stderr.write(`mixtures on xla: not tested, because it is not available (${detail})\n`);

const perceptron = (breaking: SymmetryBreaking<unknown>, breakingOptions: object, norm: 'layer' | 'batch' | 'none' = 'layer'): Network =>
  buildNetwork({ architecture: mlp, options: { inputs: 48, widths: [10, 9], outputs: 4, norm }, breaking, breakingOptions });
const residual = (breaking: SymmetryBreaking<unknown>, breakingOptions: object, norm: 'batch' | 'group'): Network =>
  buildNetwork({
    architecture: resnet,
    options: { depth: 8, baseWidth: 3, inputs: [4, 4, 3], classes: 4, norm },
    breaking,
    breakingOptions,
  });
const networks: Record<string, () => Network> = {
  'a standard MLP': () => perceptron(standard, {}),
  'a W MLP': () => perceptron(w, { fixedPerUnit: 3 }),
  'a syre MLP with BatchNorm': () => perceptron(syre, {}, 'batch'),
  'a sigma MLP without norm': () => perceptron(sigma, {}, 'none'),
  'a standard ResNet with GroupNorm': () => residual(standard, {}, 'group'),
  'a W ResNet with BatchNorm': () => residual(w, { fixedPerUnit: { '*': 1, '*.conv.*': 2, '*.shortcut.*': 1 } }, 'batch'),
};

const ROWS = 23;
const weights = [
  [1, 0, 0],
  [0.5, 0.25, 0.25],
  [1.4, -0.6, 0.2],
  [0, 0.3, 0.7],
  [0, 0, 1],
];

/** Three models with running statistics of their own, and images in two full batches and a smaller one. */
function start(network: Network): { models: Variables[]; split: Split } {
  // Variances differ so little that no mixture has a negative one.
  const models = [1, 2, 3].map((seed) => {
    const { params, constants, state } = network.init({ initKey: keyFromSeed(seed), constantsKey: keyFromSeed(9) });
    const drawn = Object.entries(state).map(([name, { shape, size }]) => {
      const values = normal(keyFromSeed(10 * seed), size).map((value) => (name.endsWith('Variance') ? 1 + value ** 2 / 10 : value));
      return [name, tf.tensor(values, shape)] as const;
    });
    return { params, constants, state: Object.fromEntries(drawn) };
  });
  // Constants are one set of tensors, as training gives them.
  const shared = models.map((model) => ({ ...model, constants: models[0]!.constants }));
  const inputs = tf.tensor(normal(keyFromSeed(4), ROWS * 48), [ROWS, 4, 4, 3]);
  return { models: shared, split: { inputs, labels: tf.tensor1d(randomInt(keyFromSeed(5), ROWS, 0, 4), 'int32') } };
}

async function evaluated(network: Network, execution: 'map' | 'vmap', statistics: 'interpolate' | 'recompute'): Promise<PointLosses> {
  const { models, split } = start(network);
  const evaluator = createMixtureEvaluator(network, { batch: 10, execution, statistics, statisticsOf: split });
  try {
    return await evaluator.evaluate(models, weights, split);
  } finally {
    evaluator.dispose();
  }
}

(available ? describe : describe.skip)('mixtures compiled, with first layers done once per model', () => {
  const expected = new Map<string, PointLosses>();
  beforeAll(async () => {
    await tf.setBackend('cpu');
    for (const [name, make] of Object.entries(networks)) {
      for (const statistics of ['interpolate', 'recompute'] as const)
        expected.set(`${name} ${statistics}`, await evaluated(make(), 'map', statistics));
    }
    await xlaEngine.start();
  }, 120_000);
  afterAll(() => tf.removeBackend('xla'));

  describe.each(Object.entries(networks))('%s', (name, make) => {
    test.each([
      ['map', 'interpolate'],
      ['vmap', 'interpolate'],
      ['map', 'recompute'],
    ] as const)(
      '%s, statistics: %s, gives what evaluating every mixture on the processor gives',
      async (execution, statistics) => {
        const { loss, accuracy } = await evaluated(make(), execution, statistics);
        const plain = expected.get(`${name} ${statistics}`)!;
        expectAllclose(loss, plain.loss, { rtol: 1e-4, atol: 1e-5 });
        expectAllclose(accuracy, plain.accuracy, { rtol: 0, atol: 1e-9 });
      },
      120_000,
    );
  });
});
