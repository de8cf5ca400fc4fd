// What a user of one metric writes first: CKA of activations with themselves turned and scaled, and with unrelated ones.
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { linearCka } from '@basinlab/metrics/cka';

await tf.setBackend('cpu');
const column = (model, values) => ({
  name: `activations:${model}`,
  field: { model, layer: 'hidden', site: 'post-activation' },
  tensor: tf.tensor2d(values),
});
const cka = (a, b) =>
  linearCka.result(linearCka.update(linearCka.init(), { rows: a.length, columns: [column('a', a), column('b', b)] }))[0].value;
const x = Array.from({ length: 40 }, (_, row) => [Math.sin(row), Math.cos(3 * row)]);
const turned = x.map(([u, v]) => [3 * (0.6 * u - 0.8 * v), 3 * (0.8 * u + 0.6 * v)]);
const other = x.map((_, row) => [Math.sin(7 * row + 1), Math.cos(11 * row)]);
assert.ok(Math.abs(cka(x, turned) - 1) < 1e-5, `CKA is invariant to rotations and scale, got ${cka(x, turned)}`);
assert.ok(cka(x, other) < 0.5, `CKA of unrelated activations is small, got ${cka(x, other)}`);
console.log(`cka ${cka(x, turned).toFixed(4)} ${cka(x, other).toFixed(4)}`);
