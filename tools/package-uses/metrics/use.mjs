// A user of @basinlab/metrics alone: a barrier and CKA from an Arrow file that pyarrow wrote, with no engine but TensorFlow.js's own.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { decodeArrow } from '@basinlab/core/arrow';
import { accuracy } from '@basinlab/metrics/accuracy';
import { accuracyBarrier, lossBarrier } from '@basinlab/metrics/barrier';
import { linearCka } from '@basinlab/metrics/cka';
import { crossEntropy } from '@basinlab/metrics/cross-entropy';

await tf.setBackend('cpu');
await assert.rejects(import('@basinlab/xla'), { code: 'ERR_MODULE_NOT_FOUND' });

const batches = await decodeArrow(fs.readFileSync('activations.arrow'));
assert.equal(batches.length, 2);
const evaluate = (metric, of) => metric.result(of.reduce(metric.update, metric.init()))[0].value;
/** The batches with the logits of one point of the path under the name that metrics look for. */
const at = (point) =>
  batches.map(({ rows, columns }) => ({
    rows,
    columns: columns.map((column) => (column.name === `logits.${point}` ? { ...column, name: 'logits' } : column)),
  }));
const path = (metric) => [0, 1, 2, 3, 4].map((point) => evaluate(metric, at(point)));
const got = {
  cka: evaluate(linearCka, batches),
  lossBarrier: lossBarrier(path(crossEntropy)),
  accuracyBarrier: accuracyBarrier(path(accuracy)),
};
for (const [name, value] of Object.entries(JSON.parse(fs.readFileSync('expected.json', 'utf8'))))
  assert.ok(Math.abs(got[name] - value) < 1e-5 * (1 + Math.abs(value)), `${name}: expected ${value}, got ${got[name]}`);
