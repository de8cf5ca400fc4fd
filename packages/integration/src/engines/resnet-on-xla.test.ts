import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork, jit, vmap, type Tensors, type Variables } from '@basinlab/core';
import { keyFromSeed, normal } from '@basinlab/core/random';
import { crossEntropy, valueAndGradients } from '@basinlab/core/training';
import { resnet, w } from '@basinlab/models-asymmetric';
import { xlaEngine } from '@basinlab/xla';

const { available, detail } = await xlaEngine.status();
if (!available) process.stderr.write(`residual networks on xla: not tested, because it is not available (${detail})\n`);

const network = buildNetwork({
  architecture: resnet,
  options: { depth: 8, baseWidth: 3, inputs: [6, 6, 3], classes: 4, norm: 'batch' },
  breaking: w,
  breakingOptions: { fixedPerUnit: { '*': 1, '*.conv.*': 2, '*.shortcut.*': 1 }, fixedScale: 2 },
});

type Step = { loss: tf.Tensor; gradients: Tensors; state: Tensors };

function step(params: Tensors, state: Tensors, constants: Tensors, x: tf.Tensor, labels: tf.Tensor): Step {
  const { value, gradients, aside } = valueAndGradients((trial) => {
    const result = network.apply({ params: trial, state, constants }, x, { training: true });
    return { value: crossEntropy(result.logits, labels), aside: result.state };
  }, params);
  return { loss: value, gradients, state: aside };
}

/** Everything the step needs, from seeds: two models that share constants. */
function start(): { models: Variables[]; x: tf.Tensor; labels: tf.Tensor } {
  const models = [1, 2].map((seed) => network.init({ initKey: keyFromSeed(seed), constantsKey: keyFromSeed(3) }));
  return { models, x: tf.tensor(normal(keyFromSeed(4), 5 * 108), [5, 6, 6, 3]), labels: tf.tensor1d([0, 1, 2, 3, 0], 'int32') };
}

const values = async (tree: Tensors): Promise<Record<string, number[]>> =>
  Object.fromEntries(await Promise.all(Object.entries(tree).map(async ([name, x]) => [name, Array.from(await x.data())] as const)));

const flat = ({ loss, gradients, state }: Step): Tensors => ({ loss, ...gradients, ...state });
const stack = (records: readonly Tensors[]): Tensors =>
  Object.fromEntries(Object.keys(records[0]!).map((name) => [name, tf.stack(records.map((record) => record[name]!))]));

(available ? describe : describe.skip)('a training step of residual networks', () => {
  let expected: Record<string, number[]>;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    const { models, x, labels } = start();
    expected = await values(stack(models.map(({ params, state, constants }) => flat(step(params, state, constants, x, labels)))));
    await xlaEngine.start();
  }, 120_000);
  afterAll(() => tf.removeBackend('xla'));

  test('compiled and mapped over models gives what each gives alone on the processor', async () => {
    const { models, x, labels } = start();
    const both = jit(vmap(step, { inAxes: [0, 0, null, null, null] }), { name: 'resnet-step' });
    const [params, state] = [stack(models.map((model) => model.params)), stack(models.map((model) => model.state))];
    const got = await values(flat(both(params, state, models[0]!.constants, x, labels)));
    expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, numbers] of Object.entries(expected)) {
      const size = Math.max(1e-3, ...numbers.map(Math.abs));
      numbers.forEach((value, at) => expect([name, Math.abs(got[name]![at]! - value) / size < 1e-4]).toEqual([name, true]));
    }
    both.dispose();
  }, 120_000);
});
