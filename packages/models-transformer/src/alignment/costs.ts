import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { jit, type Jitted, type Tensors } from '@basinlab/core';
import { gateAndIn } from '../architectures/parameter-names.js';

/** What assignments of heads and of units minimise: the costs of the paper's code, or those of its equations. */
export const circuitCosts = ['code', 'paper'] as const;
/** See {@link circuitCosts}. */
export type CircuitCosts = (typeof circuitCosts)[number];

/**
 * Cost of putting head j of one model in the place of head i of the other, [heads, heads]: Frobenius distance of the QK circuits plus that of the OV
 * circuits; in the paper's equation both are squared. Call it inside `tf.tidy`.
 */
export function headCosts(a: Tensors, b: Tensors, attention: string, costs: CircuitCosts = 'code'): Tensor2D {
  const parts = ['qk', 'ov'].map((circuit) => {
    const squares = squaredDistances(a[`${attention}.${circuit}`] as Tensor3D, b[`${attention}.${circuit}`] as Tensor3D);
    return costs === 'paper' ? squares : tf.sqrt(squares);
  });
  return tf.add(parts[0]!, parts[1]!);
}

/** Sum of squares of the difference of every entry of `a` [n, ...] and every one of `b` [m, ...]: [n, m]. */
function squaredDistances(a: Tensor3D, b: Tensor3D): Tensor2D {
  return tf.stack(tf.unstack(a).map((one) => tf.sum(tf.square(tf.sub(b, one)), [1, 2]))) as Tensor2D;
}

/**
 * Cost of putting unit j of one MLP in the place of unit i of the other, [units, units]. `code`: L1 distance of the units' vectors (weights in, bias, weights
 * out), each divided by its length. `paper`, equation 3: minus the inner product of the weights, as they are. Call it inside `tf.tidy`.
 */
export function unitCosts(a: Tensors, b: Tensors, mlp: string, costs: CircuitCosts = 'code'): Tensor2D {
  const readers = gateAndIn(a, mlp);
  const into = (params: Tensors, name: string): Tensor2D => params[`${name}.weight`] as Tensor2D;
  const out = (params: Tensors): Tensor2D => tf.transpose(params[`${mlp}.out.weight`] as Tensor2D);
  if (costs === 'paper') {
    const products = readers.map((name) => tf.matMul(into(a, name), into(b, name), false, true));
    return tf.neg(tf.addN([...products, tf.matMul(out(a), out(b), false, true)])) as Tensor2D;
  }
  const units = (params: Tensors): Tensor2D => {
    const parts = readers.flatMap((name) => [into(params, name), tf.reshape(params[`${name}.bias`]!, [-1, 1]) as Tensor2D]);
    const vectors = tf.concat([...parts, out(params)], 1);
    // Units of a block that has none of its own are 0.
    return tf.divNoNan(vectors, tf.norm(vectors, 'euclidean', 1, true));
  };
  return distances()(units(a), units(b)) as Tensor2D;
}

/** L1 distance of every row of `a` [n, k] and every one of `b` [m, k]: [n, m]. One loop once compiled, in which the differences of all pairs never exist together. */
const l1Distances = (a: Tensor, b: Tensor): Tensor => {
  const [n, k] = a.shape as [number, number];
  return tf.sum(tf.abs(tf.sub(tf.reshape(a, [n, 1, k]), tf.reshape(b, [1, b.shape[0]!, k]))), 2);
};

/** One per backend, compiled once for each size. */
const programs = new Map<string, Jitted<typeof l1Distances>>();
function distances(): Jitted<typeof l1Distances> {
  const backend = tf.getBackend();
  const known = programs.get(backend) ?? jit(l1Distances, { name: 'unit-distances' });
  programs.set(backend, known);
  return known;
}
