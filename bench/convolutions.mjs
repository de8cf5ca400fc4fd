// The convolutions of a ResNet-20 and their gradients beside PyTorch's (channels last, oneDNN) and beside the roof, in turns of one run:
//   OMP_NUM_THREADS=1 taskset -c 0 node bench/convolutions.mjs --python PATH [--width 16] [--batch 64] [--rounds 5] [--repeat 3] [--json]
// The roof of a convolution is the larger of its FLOP at the rate of a product of 1024 and its bytes (images, results and kernels once) at
// the rate of a copy, both measured by torch in the same turns. Processor milliseconds, medians over the rounds; the last line adds up what
// one training step has of each.
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { jit } from '@basinlab/core';
import { childKey, keyFromSeed, normal } from '@basinlab/core/random';
import { registerXla } from '@basinlab/xla';
import { baselineTurns, median, timed } from './turns.mjs';

const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    width: { type: 'string', default: '16' },
    batch: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '5' },
    repeat: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const [width, batch, rounds, repeat] = [values.width, values.batch, values.rounds, values.repeat].map(Number);
await registerXla();

// How many a ResNet-20 has, then size, inputs, outputs, kernel and stride. Nobody asks for the gradient of the images.
const [w, w2, w4] = [width, 2 * width, 4 * width];
const shapes = [
  [1, 32, 3, w, 3, 1],
  [6, 32, w, w, 3, 1],
  [1, 32, w, w2, 3, 2],
  [1, 32, w, w2, 1, 2],
  [5, 16, w2, w2, 3, 1],
  [1, 16, w2, w4, 3, 2],
  [1, 16, w2, w4, 1, 2],
  [5, 8, w4, w4, 3, 1],
];

const key = keyFromSeed(1);
const draw = (name, shape) =>
  tf.tensor(
    normal(
      childKey(key, name),
      shape.reduce((a, b) => a * b),
    ),
    shape,
  );
const jobs = shapes.flatMap(([count, size, inputs, outputs, kernel, stride]) => {
  const [images, kernels, results] = [
    [batch, size, size, inputs],
    [kernel, kernel, inputs, outputs],
    [batch, size / stride, size / stride, outputs],
  ];
  const [x, k, dy] = [draw('images', images), draw('kernels', kernels), draw('results', results)];
  const elements = [images, kernels, results].map((shape) => shape.reduce((a, b) => a * b));
  const work = { bytes: 4 * elements.reduce((a, b) => a + b), flop: 2 * elements[2] * kernel * kernel * inputs };
  // As torch has it: half of the kernel's size on every side, which TensorFlow's own padding is for odd sizes only.
  const sides = [kernel >> 1, kernel >> 1];
  const padding = [[0, 0], sides, sides, [0, 0]];
  const forward = jit((a, b) => tf.conv2d(a, b, stride, padding));
  const toImages = jit((a, b, c) => tf.grad((image) => tf.conv2d(image, b, stride, padding))(a, c));
  const toKernels = jit((a, b, c) => tf.grad((each) => tf.conv2d(a, each, stride, padding))(b, c));
  const name = `${kernel}x${kernel}, ${size}x${size}x${inputs} -> ${outputs}${stride === 1 ? '' : `, stride ${stride}`}`;
  return [
    { name, part: 'forward', count, ...work, run: () => forward(x, k) },
    { name, part: 'input gradient', count: inputs === 3 ? 0 : count, ...work, run: () => toImages(x, k, dy) },
    { name, part: 'kernel gradient', count, ...work, run: () => toKernels(x, k, dy) },
  ];
});

const several = async (run) => {
  for (let i = 0; i < repeat; i++) {
    let result;
    await tf.time(() => (result = run()));
    result.dispose();
  }
};
const args = [batch, repeat, JSON.stringify(shapes.map(([, ...shape]) => shape))];
const baseline = values.python === undefined ? null : await baselineTurns(values.python, 'torch_convolutions', args);
for (const { run } of jobs) await several(run);
const turns = [];
for (let round = 0; round < rounds; round++) {
  const ours = [];
  for (const { run } of jobs) ours.push((await timed(() => several(run), repeat)).processor);
  turns.push({ ours, theirs: (await baseline?.turn())?.map(([, processor]) => processor) ?? [] });
}
baseline?.end();
const theirs = (i) => median(turns.map((turn) => turn.theirs[i] ?? NaN));
const [flopRate, byteRate] = [(2 * 1024 ** 3) / theirs(0), (2 * 2 ** 26) / theirs(1)];
const rows = jobs.map(({ name, part, count, flop, bytes }, i) => ({
  ...{ name, part, count, flop, bytes },
  ours: median(turns.map(({ ours }) => ours[i])),
  torch: theirs(i + 2),
  roof: Math.max(flop / flopRate, bytes / byteRate),
}));
const total = (of) => rows.reduce((sum, row) => sum + row.count * row[of], 0);
rows.push({
  name: 'one step',
  part: 'all',
  count: 1,
  flop: total('flop'),
  bytes: total('bytes'),
  ...{ ours: total('ours'), torch: total('torch'), roof: total('roof') },
});
const ms = (seconds) => (1000 * seconds).toFixed(2).padStart(8);
console.log(
  values.json
    ? JSON.stringify({ flopRate, byteRate })
    : `roof: ${(flopRate / 1e9).toFixed(0)} GFLOP/s, ${(byteRate / 1e9).toFixed(1)} GB/s`,
);
for (const { name, part, count, ours, torch, roof, flop, bytes } of rows) {
  const line = `${name.padEnd(32)} ${part.padEnd(16)} x${count} ${(flop / 1e6).toFixed(0).padStart(6)} MFLOP ${(bytes / 1e6).toFixed(1).padStart(6)} MB`;
  const figures = `ours ${ms(ours)} torch ${ms(torch)} roof ${ms(roof)} ms  ratio ${(ours / torch).toFixed(2)}`;
  console.log(values.json ? JSON.stringify({ name, part, count, flop, bytes, ours, torch, roof }) : `${line} ${figures}`);
}
process.exit(0);
