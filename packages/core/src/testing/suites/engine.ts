import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { expectAllclose } from '@basinlab/tensor/testing';
import type { Engine } from '../../contracts/index.js';
import * as assert from '../assert.js';
import { assertNoLeak, identityChecks } from './check.js';
import type { Contract } from './check.js';
import { sampleNormal } from './sample.js';

/** What every engine must do: describe itself, become the current tfjs backend, keep bits, compute and differentiate a small network, and free what it holds. */
export function engineContract(engine: Engine): Contract {
  const started = (run: () => unknown) => async () => {
    await engine.start();
    await assertNoLeak(run);
  };
  // No backend is current before one starts.
  const checks = [
    ...identityChecks(engine),
    {
      name: 'says in words what it found',
      async run() {
        const { available, detail } = await engine.status();
        assert.equal(available, true, `this machine must have the engine: ${detail}`);
        assert.ok(detail.length > 0);
      },
    },
    {
      name: 'becomes the current backend each time it starts and describes itself in JSON',
      async run() {
        for (const info of [await engine.start(), await engine.start()]) {
          assert.equal(info.id, engine.id);
          assert.equal(tf.getBackend(), info.backend);
          assert.match(info.platform, /^[a-z0-9]+$/);
          assert.deepEqual(JSON.parse(JSON.stringify(info)), info);
        }
      },
    },
    {
      name: 'keeps float32, int32 and bool values, also empty ones',
      run: started(async () => {
        const floats = new Float32Array([0, -0, 1e-38, 3.4e38, Infinity, -Infinity, NaN, Math.PI]);
        const made = [tf.tensor1d(floats), tf.tensor1d([-(2 ** 31), 2 ** 31 - 1], 'int32'), tf.tensor1d([true, false]), tf.zeros([0, 3])];
        const [f, i, b, e] = await Promise.all(made.map((tensor) => tensor.data()));
        assert.ok(
          floats.every((value, at) => Object.is(value, f![at])),
          `floats came back as ${f!.join(', ')}`,
        );
        assert.deepEqual([[...i!], [...b!].map(Number), e!.length], [[-(2 ** 31), 2 ** 31 - 1], [1, 0], 0]);
        tf.dispose(made);
      }),
    },
    {
      name: 'computes a layer and its gradient as written out by hand',
      run: started(() => tf.tidy(checkLayer)),
    },
  ];
  return { name: `engine ${engine.id}`, checks };
}

function checkLayer(): void {
  const [x, w] = [sampleNormal('x', [3, 4]), sampleNormal('w', [4, 2])];
  const loss = (weight: Tensor): tf.Scalar => tf.mean(tf.square(tf.relu(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D))));
  const { value, grad } = tf.valueAndGrad(loss)(w);
  const [xs, ws] = [x.arraySync() as number[][], w.arraySync() as number[][]];
  const hidden = xs.map((row) =>
    ws[0]!.map((_, j) =>
      Math.max(
        0,
        row.reduce((sum, xi, i) => sum + xi * ws[i]![j]!, 0),
      ),
    ),
  );
  expectAllclose(value, hidden.flat().reduce((sum, h) => sum + h * h, 0) / 6, { rtol: 1e-3 });
  const expected = ws.map((row, i) => row.map((_, j) => xs.reduce((sum, xrow, n) => sum + (2 / 6) * hidden[n]![j]! * xrow[i]!, 0)));
  expectAllclose(grad, expected, { rtol: 1e-3, atol: 1e-3 });
}
