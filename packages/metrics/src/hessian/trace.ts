import * as tf from '@tensorflow/tfjs-core';
import { demand, type Tensors } from '@basinlab/tensor';
import { bernoulli, childKey, foldIn, type Key } from '@basinlab/tensor/random';
import type { Hessian } from './hessian.js';

/** An estimated trace and its error. */
export interface TraceEstimate {
  readonly trace: number;
  /** Standard error of the mean over probes; NaN for one probe, 0 for a diagonal Hessian, which one probe measures exactly. */
  readonly standardError: number;
  readonly probes: number;
}

/**
 * Trace of a Hessian by Hutchinson's estimator: the mean of v . H v over vectors v of independent signs, which `key` determines.
 * @throws BasinlabError where there is not at least one probe
 */
export async function hessianTrace(hessian: Hessian, { key, probes = 100 }: { key: Key; probes?: number }): Promise<TraceEstimate> {
  demand(Number.isInteger(probes) && probes > 0, 'hessianTrace', 'at least one probe', probes);
  let [mean, squares] = [0, 0];
  for (let probe = 0; probe < probes; probe++) {
    const value = await quadraticForm(hessian, signs(hessian, foldIn(key, probe)));
    const off = value - mean;
    mean += off / (probe + 1);
    squares += off * (value - mean);
  }
  return { trace: mean, standardError: Math.sqrt(squares / (probes - 1) / probes), probes };
}

function signs({ shapes }: Hessian, key: Key): Tensors {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const drawn = bernoulli(childKey(key, name), size, 0.5);
      return [
        name,
        tf.tensor(
          Float32Array.from(drawn, (one) => (one ? 1 : -1)),
          [...shape],
        ),
      ];
    }),
  );
}

/** v . H v; disposes v. */
async function quadraticForm(hessian: Hessian, v: Tensors): Promise<number> {
  const product = hessian.product(v);
  const parts = tf.tidy(() => Object.entries(v).map(([name, value]) => tf.sum(tf.mul(value, product[name]!))));
  const values = await Promise.all(parts.map(async (part) => (await part.data())[0]!));
  tf.dispose([v, product, parts]);
  return values.reduce((sum, value) => sum + value, 0);
}
