// Training steps of a ResNet-20 (GroupNorm, ReLU, AdamW, random images 32 x 32 x 3) in turns with PyTorch, and of a population beside one model:
//   node bench/residual-network.mjs --python PATH [--width 16 --width 32] [--models 4] [--steps 4] [--rounds 5] [--batch 64] [--breaking w] [--execution map|vmap] [--json]
// Each row: seconds per step and model on both sides, median over the rounds, and the median of the rounds' ratios.
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork } from '@basinlab/core';
import { childKey, keyFromSeed, normal, randomInt } from '@basinlab/core/random';
import { adamw, constant, defineUpdateRule, populationKeys, executionFor } from '@basinlab/core/training';
import { resnet, standard, w } from '@basinlab/models-asymmetric';
import { registerXla } from '@basinlab/xla';
import { restartWithTunedMemory } from '@basinlab/xla/restart';
import { baselineTurns, median, trainingTurns } from './turns.mjs';

// As the command line does.
restartWithTunedMemory();

const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    width: { type: 'string', multiple: true, default: ['16', '32'] },
    models: { type: 'string', default: '4' },
    steps: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    batch: { type: 'string', default: '64' },
    breaking: { type: 'string', default: 'standard' },
    execution: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const [models, steps, rounds, batch] = [values.models, values.steps, values.rounds, values.batch].map(Number);

const { platform } = await registerXla();
const execution = values.execution ?? executionFor(platform);
const samples = steps * batch;
const key = keyFromSeed(1);
const train = {
  inputs: tf.tensor(normal(childKey(key, 'images'), samples * 32 * 32 * 3), [samples, 32, 32, 3]),
  labels: tf.tensor1d(randomInt(childKey(key, 'labels'), samples, 0, 10), 'int32'),
};
const validation = { inputs: tf.slice(train.inputs, 0, 0), labels: tf.slice(train.labels, 0, 0) };
const updateRule = defineUpdateRule({ optimizer: adamw, optimizerOptions: { weightDecay: 0.01 }, schedule: constant, learningRate: 1e-3 });

for (const width of values.width.map(Number)) {
  const network = buildNetwork({
    architecture: resnet,
    options: { depth: 20, baseWidth: width, inputs: [32, 32, 3], classes: 10 },
    breaking: values.breaking === 'w' ? w : standard,
  });
  const plan = { network, updateRule, execution, batch, data: { train, validation, task: 'classification' } };
  const one = trainingTurns({ ...plan, keys: populationKeys(0, 1) });
  const many = trainingTurns({ ...plan, keys: populationKeys(0, models) });
  const baseline =
    values.python === undefined
      ? { names: [], turn: () => [], end: () => undefined }
      : await baselineTurns(values.python, 'torch_resnet', [width, batch, steps]);
  const times = [];
  // The first round compiles and is left out.
  for (let round = 0; round <= rounds; round++) {
    const ours = (await one.turn()) / steps;
    const theirs = await baseline.turn();
    const perModel = (await many.turn()) / steps / models;
    if (round > 0) times.push({ ours, theirs, perModel });
  }
  for (const participant of [one, many, baseline]) participant.end();
  const row = (job, ours, name, other) => {
    const [oursSeconds, baselineSeconds] = [median(times.map(ours)), median(times.map(other))];
    const ratio = median(times.map((time) => ours(time) / other(time)));
    const line = { job, oursSeconds, baseline: name, baselineSeconds, ratio };
    const show = (seconds) => `${(1000 * seconds).toFixed(0)} ms`.padStart(8);
    console.log(
      values.json ? JSON.stringify(line) : `${job.padEnd(34)} ${show(oursSeconds)} ${show(baselineSeconds)}  ${ratio.toFixed(2)}  ${name}`,
    );
  };
  const job = `resnet20-step, width ${width}`;
  if (baseline.names.length === 0) console.log(`${job} ${median(times.map(({ ours }) => ours))} s`);
  baseline.names.forEach((name, i) =>
    row(
      job,
      ({ ours }) => ours,
      name,
      ({ theirs }) => theirs[i][0],
    ),
  );
  row(
    `population of ${models}, width ${width}`,
    ({ perModel }) => perModel,
    'ours, one model',
    ({ ours }) => ours,
  );
}
process.exit(0);
