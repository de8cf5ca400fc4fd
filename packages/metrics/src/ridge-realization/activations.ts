import * as tf from '@tensorflow/tfjs-core';
import { activate, type Activation } from '@basinlab/tensor';

/** An activation and its derivative, on numbers in float64 and on tensors. */
export interface Differentiable {
  value(z: number): number;
  slope(z: number): number;
  values(z: tf.Tensor): tf.Tensor;
  slopes(z: tf.Tensor): tf.Tensor;
}

/** Constants of the approximation of gelu by tanh; see `geluTanh`. */
const [tanhScale, tanhCube] = [Math.sqrt(2 / Math.PI), 0.044715];

/** The differentiable form of a network's activation; the slope of relu at 0 is 0, as in PyTorch. */
export function differentiable(name: Activation): Differentiable {
  const values = (z: tf.Tensor): tf.Tensor => activate(name, z);
  switch (name) {
    case 'identity':
      return { value: (z) => z, slope: () => 1, values, slopes: tf.onesLike };
    case 'relu':
      return { value: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0), values, slopes: (z) => tf.cast(tf.greater(z, 0), 'float32') };
    case 'gelu':
      return {
        value: (z) => z * normalCdf(z),
        slope: (z) => normalCdf(z) + z * normalDensity(z),
        values,
        slopes: (z) => {
          const cdf = tf.mul(0.5, tf.add(1, tf.erf(tf.mul(z, Math.SQRT1_2))));
          const density = tf.mul(1 / Math.sqrt(2 * Math.PI), tf.exp(tf.mul(-0.5, tf.square(z))));
          return tf.add(cdf, tf.mul(z, density));
        },
      };
    case 'silu':
      return {
        value: (z) => z / (1 + Math.exp(-z)),
        slope(z) {
          const share = 1 / (1 + Math.exp(-z));
          return share * (1 + z * (1 - share));
        },
        values,
        slopes(z) {
          const share = tf.sigmoid(z);
          return tf.mul(share, tf.add(tf.mul(z, tf.sub(1, share)), 1));
        },
      };
    case 'gelu-tanh':
      return {
        value: (z) => 0.5 * z * (1 + Math.tanh(tanhScale * z * (1 + tanhCube * z * z))),
        slope(z) {
          const tanh = Math.tanh(tanhScale * z * (1 + tanhCube * z * z));
          return 0.5 * (1 + tanh) + 0.5 * z * (1 - tanh * tanh) * tanhScale * (1 + 3 * tanhCube * z * z);
        },
        values,
        slopes(z) {
          const square = tf.square(z);
          const tanh = tf.tanh(tf.mul(tf.mul(z, tanhScale), tf.add(tf.mul(square, tanhCube), 1)));
          const inner = tf.mul(tf.add(tf.mul(square, 3 * tanhCube), 1), tanhScale);
          return tf.mul(tf.add(tf.add(tanh, 1), tf.mul(tf.mul(z, tf.sub(1, tf.square(tanh))), inner)), 0.5);
        },
      };
    default:
      return name satisfies never;
  }
}

function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
}

const GRID = 16;
const REACH = 8;
const table: Float64Array = Float64Array.from({ length: 2 * GRID * REACH + 1 }, (_, at) => normalCdfSlowly(at / GRID - REACH));

/**
 * Distribution function of N(0, 1), absolute error about 1e-16: a Taylor series about the nearest of a table's points, whose derivatives are Hermite
 * polynomials times the density. Beyond 8 the tail's continued fraction.
 */
export function normalCdf(z: number): number {
  if (!(Math.abs(z) <= REACH)) return normalCdfSlowly(z);
  const at = Math.round((z + REACH) * GRID);
  const x = at / GRID - REACH;
  const h = z - x;
  let [power, before, hermite, sum] = [h, 0, 1, 0];
  for (let n = 0; n < 9; n++) {
    sum += power * hermite;
    [before, hermite] = [hermite, x * hermite - n * before];
    power *= -h / (n + 2);
  }
  return table[at]! + normalDensity(x) * sum;
}

/** The series 1/2 + density (z + z^3/3 + z^5/15 + ...), beyond 3.5 a continued fraction of the tail. */
function normalCdfSlowly(z: number): number {
  const x = Math.abs(z);
  if (x < 3.5) {
    let [term, sum] = [z, z];
    for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
      term *= (z * z) / odd;
      sum += term;
    }
    return 0.5 + normalDensity(z) * sum;
  }
  // Mills' ratio 1 / (x + 1 / (x + 2 / (x + 3 / ...))), from the inside; 40 levels are exact to rounding here.
  let fraction = x;
  for (let level = 40; level > 0; level--) fraction = x + level / fraction;
  const tail = normalDensity(x) / fraction;
  return z < 0 ? tail : 1 - tail;
}
