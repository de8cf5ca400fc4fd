// A program for TensorFlow.js with a model that was converted from TensorFlow, from npm (pitch detection of music, 43,844 samples to 172 frames), on our backend
// and on `cpu`: outputs, two runs alike, no tensor left. `node tools/tfjs-suite/converted-model.mjs`; its packages are kept in node_modules/.cache.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { findPlugin } from '@basinlab/xla/installer';

if ((await findPlugin()) === null) {
  console.log('the converted model was not run: no PJRT plugin is installed (npm run engine)');
  process.exit(0);
}
const TOLERANCE = 5e-3; // of probabilities, after a constant-Q transform of one second of sound in float32
const folder = fileURLToPath(new URL('../../node_modules/.cache/converted-model/', import.meta.url));
const { version } = createRequire(import.meta.url)('@tensorflow/tfjs-core/package.json');
const wanted = JSON.stringify({
  private: true,
  dependencies: { '@spotify/basic-pitch': '1.0.1', '@tensorflow/tfjs-converter': version, '@tensorflow/tfjs-core': version },
  // The program's own TensorFlow.js, which is older, is not needed for its model.
  overrides: { '@spotify/basic-pitch': { '@tensorflow/tfjs': `npm:@tensorflow/tfjs-core@${version}` } },
});
const manifest = join(folder, 'package.json');
if (!existsSync(join(folder, 'node_modules')) || readFileSync(manifest, 'utf8') !== wanted) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(manifest, wanted);
  const { status, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm install of the converted model: ${stderr}`);
}

const { loadGraphModel } = createRequire(manifest)('@tensorflow/tfjs-converter');
const modelFolder = join(folder, 'node_modules/@spotify/basic-pitch/model');
const { modelTopology, weightsManifest, ...rest } = JSON.parse(readFileSync(join(modelFolder, 'model.json'), 'utf8'));
const artifacts = {
  ...rest,
  modelTopology,
  weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
  weightData: new Uint8Array(readFileSync(join(modelFolder, weightsManifest[0].paths[0]))).buffer,
};
const SAMPLES = 43_844;
/** A chord whose tones begin one after the other. */
const sound = Float32Array.from({ length: SAMPLES }, (_, i) =>
  [261.63, 329.63, 392].reduce(
    (sum, hertz, k) => sum + (i > (k * SAMPLES) / 4 ? 0.2 * Math.sin((2 * Math.PI * hertz * i) / 22_050) : 0),
    0,
  ),
);

async function run(backend) {
  if (backend === 'xla') await import('@basinlab/xla/auto');
  await tf.setBackend(backend);
  const model = await loadGraphModel({ load: async () => artifacts });
  const input = tf.tensor3d(sound, [1, SAMPLES, 1]);
  const once = async () => {
    const results = model.execute(input, ['Identity', 'Identity_1', 'Identity_2']);
    const values = await Promise.all(results.map((result) => result.data()));
    tf.dispose(results);
    return values;
  };
  const first = await once();
  const tensors = tf.memory().numTensors;
  const start = performance.now();
  const second = await once();
  const milliseconds = performance.now() - start;
  const failures = [
    ...(first.every((values, i) => values.every((value, at) => value === second[i][at])) ? [] : ['two runs differ']),
    ...(tf.memory().numTensors === tensors ? [] : ['tensors were left']),
  ];
  return { values: second, milliseconds, failures };
}

const [cpu, xla] = [await run('cpu'), await run('xla')];
const differences = xla.values.map((values, i) =>
  values.reduce((most, value, at) => Math.max(most, Math.abs(value - cpu.values[i][at])), 0),
);
const largest = Math.max(...cpu.values.map((values) => values.reduce((a, b) => Math.max(a, b), 0)));
const failures = [
  ...xla.failures,
  ...(differences.every((difference) => difference < TOLERANCE) ? [] : [`outputs differ by ${differences.join(', ')}`]),
  ...(largest > 0.5 ? [] : ['nothing was heard']),
];
console.log(
  `a converted model: ${xla.milliseconds.toFixed(0)} ms on xla, ${cpu.milliseconds.toFixed(0)} ms on cpu, outputs up to ${largest.toFixed(2)} differ by ${Math.max(...differences).toExponential(1)}`,
);
console.log(failures.length === 0 ? '1 passed, 0 failed' : `failed: ${failures.join('; ')}\n0 passed, 1 failed`);
process.exit(failures.length === 0 ? 0 : 1);
