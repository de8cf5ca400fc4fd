import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, test } from '@jest/globals';
import '../index.js';
import { expectAllclose } from '../testing/index.js';
import { gradientsAtOps, readOps, type RecordedOp } from './op-gradients.js';

beforeAll(() => tf.setBackend('cpu'));

const x = (): tf.Tensor2D => tf.tensor2d([1, 2, 3, 4], [2, 2]);
const w = (): tf.Tensor2D => tf.tensor2d([0.5, -1, 2, 1], [2, 2]);
const called = (ops: readonly RecordedOp[], kernel: string): RecordedOp => ops.find((op) => op.kernel === kernel)!;

test('reads what an op was given and made, without a gradient being asked for', () => {
  tf.tidy(() => {
    const read = readOps(
      () => tf.square(tf.matMul(x(), w(), false, true)),
      (ops) => {
        const product = called(ops, 'BatchMatMul');
        expect(product.attributes).toEqual({ transposeA: false, transposeB: true });
        return { inputs: product.inputs['a']!, output: product.outputs[0]! };
      },
    );
    expectAllclose(read.inputs.dataSync(), [1, 2, 3, 4]);
    expectAllclose(read.output.dataSync(), [-1.5, 4, -2.5, 10]);
  });
});

test('the gradient at the result of an op is the signal that comes back to it', () => {
  tf.tidy(() => {
    const [signal, nothing] = gradientsAtOps(
      () => {
        tf.exp(x());
        return tf.square(tf.matMul(x(), w(), false, true));
      },
      (ops) => [called(ops, 'BatchMatMul').outputs[0]!, called(ops, 'Exp').outputs[0]!],
      tf.tensor2d([1, 0, 0, 3], [2, 2]),
    );
    // d z^2 = 2 z, and nothing depends on the exponential.
    expectAllclose(signal!.dataSync(), [-3, 0, 0, 60]);
    expectAllclose(nothing!.dataSync(), [0, 0, 0, 0]);
  });
});

test('leaves no tensor behind and the tape as it was, also after an error', () => {
  const run = (fail: boolean): void =>
    tf.tidy(() => {
      gradientsAtOps(
        () => tf.square(x()),
        ([op]) => {
          if (fail) throw new Error('refused');
          return [...op!.outputs];
        },
        tf.ones([2, 2]),
      );
    });
  const recorder = (tf.engine() as unknown as Record<'addTapeNode', unknown>).addTapeNode;
  const before = tf.memory().numTensors;
  run(false);
  expect(tf.memory().numTensors).toBe(before);
  expect(() => run(true)).toThrow('refused');
  expect((tf.engine() as unknown as Record<'addTapeNode', unknown>).addTapeNode).toBe(recorder);
});
