import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork, type Network, type Variables } from '@basinlab/core';
import { keyFromSeed, normal } from '@basinlab/core/random';
import { hessianEigenvalues, hessianOfLoss } from '@basinlab/metrics/hessian';
import { linearizationAgreement, neuralTangentKernel } from '@basinlab/metrics/ntk';
import { mlp, resnet, w } from '@basinlab/models-asymmetric';
import { xlaEngine } from '@basinlab/xla';

const { available, detail } = await xlaEngine.status();
if (!available) process.stderr.write(`metrics on xla: not tested, because it is not available (${detail})\n`);

const images = (): tf.Tensor => tf.tensor(normal(keyFromSeed(2), 3 * 4 * 4 * 2), [3, 4, 4, 2]);
const vectors = (): tf.Tensor => tf.tensor(normal(keyFromSeed(2), 9 * 6), [9, 6]);
const masked = (): Network =>
  buildNetwork({
    architecture: mlp,
    options: { inputs: 6, widths: [8, 8], outputs: 3, norm: 'layer', activation: 'gelu' },
    breaking: w,
    breakingOptions: { fixedPerUnit: [2, 5, 3], fixedScale: 1 },
  });
const convolutional = (): Network =>
  buildNetwork({
    architecture: resnet,
    options: { depth: 8, baseWidth: 2, inputs: [4, 4, 2], classes: 2 },
    breaking: w,
    breakingOptions: { fixedPerUnit: 1, fixedScale: 1 },
  });
const model = (network: Network, seed: number): Variables => network.init({ initKey: keyFromSeed(seed), constantsKey: keyFromSeed(9) });

/** The same on the compiler and on the reference backend. */
async function onBoth<T>(measure: () => Promise<T>): Promise<readonly [T, T]> {
  await tf.setBackend('cpu');
  const expected = await measure();
  await xlaEngine.start();
  return [await measure(), expected];
}

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>): void {
  const size = Math.max(...Array.from(expected, Math.abs));
  expect(got.length).toBe(expected.length);
  expect(Math.max(...Array.from(got, (value, i) => Math.abs(value - expected[i]!))) / size).toBeLessThan(1e-4);
}

(available ? describe : describe.skip)('metrics on xla', () => {
  beforeAll(() => xlaEngine.start(), 120_000);
  afterAll(() => tf.removeBackend('xla'));

  test.each([
    ['a masked multilayer perceptron', masked, vectors],
    ['a masked residual network', convolutional, images],
  ])(
    'the tangent kernel of %s is that of the plain backend',
    async (_, build, inputs) => {
      const network = build();
      const [got, expected] = await onBoth(async () => (await neuralTangentKernel(network, model(network, 1), inputs())).values);
      expectClose(got, expected);
    },
    240_000,
  );

  test('so are the linearization and the largest eigenvalues of the Hessian', async () => {
    const network = masked();
    const [got, expected] = await onBoth(async () => {
      const [start, now] = [model(network, 1), model(network, 2)];
      const linear = await linearizationAgreement(network, start, now, vectors());
      const split = { inputs: vectors(), labels: tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1, 2], 'int32') };
      const hessian = hessianOfLoss(network, start, split);
      const { largest, smallest } = await hessianEigenvalues(hessian, { key: keyFromSeed(5), count: 2, steps: 30 });
      hessian.dispose();
      return [linear.relativeError, linear.cosine, ...largest, smallest];
    });
    expectClose(got, expected);
  }, 240_000);
});
