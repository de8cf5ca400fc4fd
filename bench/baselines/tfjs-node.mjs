// tfjs-node on the same eager work as ours, in turns with the bench: its arguments are the job's name and a file that it does not need.
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs-core';
import { findTensorflow } from '@basinlab/xla/installer';
import { eagerWork } from '../eager-work.mjs';
import { withPeakMegabytes } from '../timing.mjs';
import { timed } from '../turns.mjs';

const module = findTensorflow();
if (module === null) {
  console.error('tfjs-node is not installed: basinlab engine install tensorflow');
  process.exit(1);
}
// TensorFlow and its add-on write to standard output, which is the bench's.
const say = process.stdout.write.bind(process.stdout);
console.log = () => undefined;
await import(module);
await tf.setBackend('tensorflow');

const { work, count } = eagerWork[process.argv[2]]();
await work();
const { megabytes } = await withPeakMegabytes(async () => ({ result: await work() }));
say(`${JSON.stringify({ names: ['tfjs-node'], megabytes })}\n`);
createInterface({ input: process.stdin })
  .on('line', async () => {
    const { seconds, processor } = await timed(work, count);
    say(`${JSON.stringify([[seconds, processor]])}\n`);
  })
  .on('close', () => process.exit(0));
