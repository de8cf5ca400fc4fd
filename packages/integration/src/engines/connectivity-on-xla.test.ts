import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, keyFromSeed, type LoadedDataset } from '@basinlab/core';
import { gaussianBlobs } from '@basinlab/datasets';
import { createConnectivityEvaluator } from '@basinlab/metrics/linear-mode-connectivity';
import { mlp, w } from '@basinlab/models-asymmetric';
import { xlaEngine } from '@basinlab/xla';

const { available, detail } = await xlaEngine.status();
if (!available) process.stderr.write(`connectivity on xla: not tested, because it is not available (${detail})\n`);

let data: LoadedDataset;

(available ? describe : describe.skip)('linear mode connectivity on xla', () => {
  beforeAll(async () => {
    await xlaEngine.start();
    data = await gaussianBlobs.load(gaussianBlobs.options.parse({}));
  }, 120_000);
  afterAll(() => {
    data.dispose();
    tf.removeBackend('xla');
  });

  test.each(['map', 'vmap'] as const)(
    'holds the same tensors and device buffers over 200 evaluations (%s)',
    async (execution) => {
      const network = buildNetwork({
        architecture: mlp,
        options: { inputs: data.inputShape[0]!, widths: [24, 16], outputs: data.classes },
        breaking: w,
        breakingOptions: { fixedPerUnit: 1 },
      });
      const [a, b] = [1, 2].map((seed) => network.init({ initKey: keyFromSeed(seed), constantsKey: keyFromSeed(0) }));
      const evaluator = createConnectivityEvaluator(network, { steps: 8, batch: 30, execution });
      const held = new Set<string>();
      for (let evaluation = 0; evaluation < 200; evaluation++) {
        const { splits } = await evaluator.measure(a!, b!, { test: data.test });
        expect(splits.test.loss.every(Number.isFinite)).toBe(true);
        const { numTensors, deviceBuffers } = tf.memory() as tf.MemoryInfo & { deviceBuffers: number };
        held.add(`${numTensors} tensors, ${deviceBuffers} device buffers`);
      }
      evaluator.dispose();
      tf.dispose([a, b] as unknown as tf.TensorContainer);
      expect([...held]).toHaveLength(1);
    },
    120_000,
  );
});
