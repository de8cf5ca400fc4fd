import * as tf from '@tensorflow/tfjs-core';
import { jit, type Jitted, type TensorFunction } from '@basinlab/core';

const programs = new Map<string, Jitted<TensorFunction>>();

/** A function that reads nothing but its arguments, compiled once per backend, under a name of its own; the engine keeps a program for each size. */
export function compiled<F extends TensorFunction>(name: string, f: F): Jitted<F> {
  const key = `${name} ${tf.getBackend()}`;
  const known = programs.get(key) ?? jit(f, { name });
  programs.set(key, known);
  return known as Jitted<F>;
}
