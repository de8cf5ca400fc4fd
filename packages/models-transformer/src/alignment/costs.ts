import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { compiled, scan, type Tensors } from '@basinlab/core';
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
    const squares = compiled(squaredDistances, { name: 'head-distances' })(
      a[`${attention}.${circuit}`]!,
      b[`${attention}.${circuit}`]!,
    ) as Tensor2D;
    return costs === 'paper' ? squares : tf.sqrt(squares);
  });
  return tf.add(parts[0]!, parts[1]!);
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
  return compiled(l1Distances, { name: 'unit-distances' })(units(a), units(b)) as Tensor2D;
}

/** Sum of squares of the difference of every entry of `a` [n, ...] and every one of `b` [m, ...]: [n, m]. */
const squaredDistances = (a: Tensor, b: Tensor): Tensor => {
  const [n, ...entry] = a.shape as [number, number, number];
  const differences = tf.sub(tf.reshape(a, [n, 1, ...entry]), tf.reshape(b, [1, b.shape[0]!, ...entry]));
  // Over rows first: that is a sum of vectors, and the one of all entries a sum of numbers that wait for each other.
  return tf.sum(tf.sum(tf.square(differences), 2), 2);
};

/** Coordinates that one pass over all pairs adds up: fewer are more passes, more do not stay in registers. */
const COORDINATES = 20;

/**
 * L1 distance of every row of `a` [n, k] and every one of `b` [m, k]: [n, m]. A loop over coordinates, a few at a time, whose body the compiler makes vector operations of; as one sum over k, which
 * it keeps in the order of k, it takes six times as long.
 */
const l1Distances = (a: Tensor, b: Tensor): Tensor => {
  const [n, m] = [a.shape[0]!, b.shape[0]!];
  const sum = scan(
    (sums: Tensor, { x, y }: { x: Tensor; y: Tensor }) => {
      const columns = (of: Tensor): Tensor[] => tf.unstack(of);
      const others = columns(y);
      const distances = columns(x).map((left, c) => tf.abs(tf.sub(tf.reshape(left, [n, 1]), tf.reshape(others[c]!, [1, m]))));
      return [distances.reduce((total, one) => tf.add(total, one), sums), []] as const;
    },
    tf.zeros([n, m]),
    { x: inPasses(a), y: inPasses(b) },
  );
  return sum[0];
};

/** Columns of `x` [rows, k] as [passes, COORDINATES, rows], with zeros behind the last. */
function inPasses(x: Tensor): Tensor {
  const [rows, k] = x.shape as [number, number];
  const passes = Math.ceil(k / COORDINATES);
  const padded = tf.pad(x as Tensor2D, [
    [0, 0],
    [0, passes * COORDINATES - k],
  ]);
  return tf.transpose(tf.reshape(padded, [rows, passes, COORDINATES]), [1, 2, 0]);
}
