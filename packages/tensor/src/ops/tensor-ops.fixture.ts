import { expect } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';

/** Values in [-1, 1) that look random and are the same in every run. */
export function noise(shape: number[], seed = 1): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => ((2 * (((Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453) % 1) + 1)) % 2) - 1),
    shape,
  );
}

export const numbers = (x: tf.Tensor): number[] => Array.from(x.dataSync());

export function expectClose(got: tf.Tensor, want: tf.Tensor | readonly number[], tolerance = 1e-5): void {
  const expected = Array.isArray(want) ? (want as number[]) : numbers(want as tf.Tensor);
  const values = numbers(got);
  expect(values.length).toBe(expected.length);
  values.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected[i]!))));
}

/**
 * Compares the gradient of `sum(f(x) * weights)` with central differences. Float32 leaves differences of step 1e-2 about three digits:
 * hence the loose tolerance, which still tells a wrong formula from a right one.
 */
export function expectGradient(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, tolerance = 5e-3): void {
  const loss = (at: tf.Tensor): tf.Scalar => {
    const y = f(at);
    return tf.sum(tf.mul(y, noise(y.shape, 7)));
  };
  const step = 1e-2;
  const base = Float32Array.from(x.dataSync());
  const slope = (i: number): number => {
    const [up, down] = [1, -1].map(
      (sign) =>
        loss(
          tf.tensor(
            base.map((v, j) => (j === i ? v + sign * step : v)),
            x.shape,
          ),
        ).dataSync()[0]!,
    );
    return (up! - down!) / (2 * step);
  };
  expectClose(
    tf.grad(loss)(x),
    Array.from(base, (_, i) => slope(i)),
    tolerance,
  );
}
