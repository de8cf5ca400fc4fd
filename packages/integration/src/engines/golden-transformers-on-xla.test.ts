import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { checkGolden, goldenChecks } from '@basinlab/golden';
import { xlaEngine } from '@basinlab/xla';

const { available, detail } = await xlaEngine.status();
if (!available) process.stderr.write(`fixtures of transformers on xla: not tested, because it is not available (${detail})\n`);

(available ? test : test.skip)(
  'GPT-2, its rewrites and its matching, and ViT agree with the reference',
  async () => {
    await xlaEngine.start();
    const folder = fileURLToPath(new URL('../../../golden/src/fixtures/transformers', import.meta.url));
    const before = tf.memory().numTensors;
    const { fixtures } = await checkGolden(folder, { checks: goldenChecks });
    expect(fixtures.filter(({ status }) => status !== 'passed').map(({ line }) => line)).toEqual([]);
    expect(fixtures).toHaveLength(46);
    expect(tf.memory().numTensors).toBe(before);
    tf.removeBackend('xla');
  },
  120_000,
);
