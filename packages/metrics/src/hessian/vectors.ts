import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '@basinlab/tensor';
import type { Hessian } from './hessian.js';

/** Where each parameter lies in a flat vector, by order of name: a result must not depend on the order in which a record was made. */
export function layoutOf({ shapes }: Hessian): {
  entries: readonly { name: string; shape: readonly number[]; from: number; size: number }[];
  size: number;
} {
  let from = 0;
  const entries = Object.keys(shapes)
    .sort()
    .map((name) => {
      const shape = shapes[name]!;
      const size = shape.reduce((product, length) => product * length, 1);
      const entry = { name, shape, from, size };
      from += size;
      return entry;
    });
  return { entries, size: from };
}

/** H v for a flat vector on the host, in and out. */
export async function flatProduct(hessian: Hessian, v: Float64Array): Promise<Float64Array> {
  const { entries, size } = layoutOf(hessian);
  const tensors: Tensors = Object.fromEntries(
    entries.map(({ name, shape, from, size: length }) => [name, tf.tensor(Float32Array.from(v.subarray(from, from + length)), [...shape])]),
  );
  const product = hessian.product(tensors);
  const out = new Float64Array(size);
  await Promise.all(entries.map(async ({ name, from }) => out.set(await product[name]!.data(), from)));
  tf.dispose([tensors, product]);
  return out;
}

export const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** a += factor * b */
export function addScaled(a: Float64Array, factor: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i] = a[i]! + factor * b[i]!;
}
