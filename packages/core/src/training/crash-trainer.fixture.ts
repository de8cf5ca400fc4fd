// Trains a tiny population into a run folder; `kill-and-resume.test.ts` bundles it, starts it and kills it. Arguments: folder, epochs.
import * as tf from '@tensorflow/tfjs-core';
import '@basinlab/tensor/gradients';
import '@tensorflow/tfjs-backend-cpu';
import { createRun, openRun } from '../store/index.js';
import { smallPlan } from './training.fixture.js';
import { trainPopulation } from './train-population.js';

const [directory = '', epochs = ''] = process.argv.slice(2);
await tf.setBackend('cpu');
const run = await openRun(directory).catch(() => createRun(directory, { config: {}, versions: {}, plugins: {} }));
const { checkpoint } = await run.latestCheckpoint();
await run.markResumed(checkpoint?.epoch ?? null);
const plan = smallPlan({
  models: 2,
  epochs: Number(epochs),
  sink: run,
  checkpoints: () => true,
  ...(checkpoint && { resume: checkpoint }),
});
await new Promise<void>((resolve, reject) => {
  trainPopulation(plan).subscribe({
    next: (event) => {
      if (event.kind === 'metric') void run.append(event);
      if (event.kind === 'checkpoint') process.stdout.write(`checkpoint ${event.epoch}\n`);
    },
    error: reject,
    complete: resolve,
  });
});
await run.close();
