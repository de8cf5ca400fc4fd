import * as tf from '@tensorflow/tfjs-core';
import { jit, type Activation, type Jitted } from '@basinlab/tensor';
import { multiplyTransposed, transposed } from '@basinlab/tensor/linear-algebra';
import { differentiable } from './activations.js';
import type { RidgeProblem } from './problem.js';

/** mean over inputs x of (f_target(x) - f(x))^2 / beta per pair, with its gradient by effective weights and bias. */
export interface DataTerm {
  evaluate(effective: Float64Array, bias: Float64Array): Promise<{ values: Float64Array; weights: Float64Array; bias: Float64Array }>;
  dispose(): void;
}

export interface DataTermOptions {
  readonly beta: number;
  readonly activation: Activation;
  /** f(x) = activation(gain * (w . x + bias)). */
  readonly gain: number;
  readonly precision: 'auto' | 'float32' | 'float64';
}

const HOST_PRODUCTS = 1e7;

/** The data term over inputs `x` [rows, inputs]: in float64 on the host where that is quick, else in float32 on the device. */
export async function dataTerm(problem: RidgeProblem, x: tf.Tensor, options: DataTermOptions): Promise<DataTerm> {
  const { precision } = options;
  const onHost = precision === 'float64' || (precision === 'auto' && x.size * problem.pairs.length <= HOST_PRODUCTS);
  return onHost ? hostTerm(problem, await x.data(), options) : deviceTerm(problem, x, options);
}

function hostTerm(problem: RidgeProblem, data: ArrayLike<number>, { beta, activation, gain }: DataTermOptions): DataTerm {
  const { inputs, target, targetBias } = problem;
  const count = problem.pairs.length;
  const rows = data.length / inputs;
  const { value, slope } = differentiable(activation);
  const x = Float64Array.from(data);
  const columns = transposed(x, rows, inputs);
  const before = (weights: Float64Array, bias: Float64Array): Float64Array =>
    multiplyTransposed(weights, x, count, rows, inputs).map((z, at) => gain * (z + bias[Math.floor(at / rows)]!));
  const wanted = before(target, targetBias).map(value);
  return {
    evaluate(effective, bias) {
      const z = before(effective, bias);
      const values = new Float64Array(count);
      const biasGradient = new Float64Array(count);
      for (let pair = 0, at = 0; pair < count; pair++) {
        for (let row = 0; row < rows; row++, at++) {
          const difference = value(z[at]!) - wanted[at]!;
          values[pair]! += difference ** 2 / (beta * rows);
          z[at] = (2 * gain * difference * slope(z[at]!)) / (beta * rows);
          biasGradient[pair]! += z[at]!;
        }
      }
      return Promise.resolve({ values, weights: multiplyTransposed(z, columns, count, inputs, rows), bias: biasGradient });
    },
    dispose: () => undefined,
  };
}

type Step = (
  x: tf.Tensor,
  wanted: tf.Tensor,
  weights: tf.Tensor,
  bias: tf.Tensor,
) => { values: tf.Tensor; weights: tf.Tensor; bias: tf.Tensor };

function deviceTerm(problem: RidgeProblem, x: tf.Tensor, { beta, activation, gain }: DataTermOptions): DataTerm {
  const { inputs, target, targetBias } = problem;
  const count = problem.pairs.length;
  const rows = x.size / inputs;
  const { values: activated, slopes } = differentiable(activation);
  const before = (data: tf.Tensor, weights: tf.Tensor, bias: tf.Tensor): tf.Tensor =>
    tf.mul(gain, tf.add(tf.matMul(weights as tf.Tensor2D, data as tf.Tensor2D, false, true), tf.expandDims(bias, 1)));
  const upload = (weights: Float64Array, bias: Float64Array): [tf.Tensor, tf.Tensor] => [
    tf.tensor2d(Float32Array.from(weights), [count, inputs]),
    tf.tensor1d(Float32Array.from(bias)),
  ];
  const data = tf.reshape(x, [rows, inputs]);
  const wanted = tf.tidy(() => activated(before(data, ...upload(target, targetBias))));
  const program: Jitted<Step> = jit(
    ((points, goal, weights, bias) => {
      const z = before(points, weights, bias);
      const difference = tf.sub(activated(z), goal);
      const slope = tf.mul((2 * gain) / (beta * rows), tf.mul(difference, slopes(z)));
      return {
        values: tf.mul(1 / beta, tf.mean(tf.square(difference), 1)),
        weights: tf.matMul(slope as tf.Tensor2D, points as tf.Tensor2D),
        bias: tf.sum(slope, 1),
      };
    }) satisfies Step,
    { name: 'ridge-data-term' },
  );
  return {
    async evaluate(effective, bias) {
      const given = upload(effective, bias);
      const result = program(data, wanted, ...given);
      const [values, weights, slope] = await Promise.all([result.values.data(), result.weights.data(), result.bias.data()]);
      tf.dispose([given, result]);
      return { values: Float64Array.from(values), weights: Float64Array.from(weights), bias: Float64Array.from(slope) };
    },
    dispose() {
      program.dispose();
      tf.dispose([data, wanted]);
    },
  };
}
