import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type Engine, type EngineInfo, type MetricRow } from '@basinlab/core';
import { drain } from '@basinlab/core/pipeline';
import { adamw, constant, defineUpdateRule, populationKeys, trainPopulation, type TrainingEvent } from '@basinlab/core/training';
import { gaussianBlobs } from '@basinlab/datasets';
import { mlp, w } from '@basinlab/models-asymmetric';
import { createContainer } from '@basinlab/cli';

interface Trained {
  readonly info: EngineInfo;
  readonly rows: readonly MetricRow[];
}

/** A W network, three epochs on blobs: forward, gradients, masks, AdamW, evaluation. */
async function train(engine: Engine): Promise<Trained> {
  const info = await engine.start();
  const data = await gaussianBlobs.load(gaussianBlobs.options.parse({}));
  const network = buildNetwork({
    architecture: mlp,
    options: { inputs: data.inputShape[0]!, widths: [24, 16], outputs: data.classes, norm: 'layer', activation: 'gelu' },
    breaking: w,
    breakingOptions: { fixedPerUnit: 1 },
  });
  const updateRule = defineUpdateRule({ optimizer: adamw, schedule: constant, learningRate: 1e-2 });
  const rows: MetricRow[] = [];
  const run = trainPopulation({ network, updateRule, data, keys: populationKeys(3, 2), epochs: 3, batch: 48, evaluationBatch: 100 });
  await drain<TrainingEvent>(run, {
    onEvent: (event) => {
      if (event.kind === 'metric') rows.push(...event.rows);
      if (event.kind === 'trained') tf.dispose(event.models as unknown as tf.TensorContainer);
    },
  });
  data.dispose();
  return { info, rows };
}

const engines = createContainer().list('engine');
const statuses = await Promise.all(engines.map(async (engine) => ({ engine, status: await engine.status() })));
for (const { engine, status } of statuses)
  if (!status.available) process.stderr.write(`engine ${engine.id}: not tested, because it is not available (${status.detail})\n`);

describe('one network trains to the same losses', () => {
  let reference: Trained;
  test('cpu learns', async () => {
    reference = await train(engines.find((engine) => engine.id === 'cpu')!);
    const losses = reference.rows.filter((row) => row.name === 'loss' && row.labels!['split'] === 'train').map((row) => row.value);
    expect(losses.at(-1)!).toBeLessThan(0.7 * losses[0]!);
  });

  test.each(statuses.filter(({ engine, status }) => engine.id !== 'cpu' && status.available).map(({ engine }) => engine))(
    '$id',
    async (engine) => {
      const { info, rows } = await train(engine);
      expect(info.id).toBe(engine.id);
      expect(tf.getBackend()).toBe(info.backend);
      expect(rows.map(({ name, labels }) => [name, labels])).toEqual(reference.rows.map(({ name, labels }) => [name, labels]));
      for (const [i, row] of rows.entries()) {
        // Float32 sums in another order drift apart over the steps; one sample of 100 may change sides.
        const tolerance = row.name === 'accuracy' ? 0.0101 : 2e-4 * (1 + Math.abs(reference.rows[i]!.value));
        expect(Math.abs(row.value - reference.rows[i]!.value)).toBeLessThanOrEqual(tolerance);
      }
    },
  );
});
