import * as tf from '@tensorflow/tfjs-core';
import { jit, type Jitted } from '@basinlab/core';
import type { Projection } from '../neurons/projection.js';
import type { Lifted } from './layer-costs.js';
import type { QuadraticForm } from './quadratic-forms.js';

/** Slots evaluated by one call: bounds memory at SLOTS * width * units floats, twice. */
const SLOTS = 64;

/** Adds |factor z|^2 of the chosen slots to `costs`, in float32 on the device; factors of different sizes are filled up with zeros. */
export async function deviceForms(
  costs: Float64Array,
  forms: readonly QuadraticForm[],
  chosen: readonly boolean[],
  neurons: Projection,
  lifted: Lifted,
  inputs: number,
): Promise<void> {
  const { units, dimension, coefficients, centers } = neurons;
  const groups = [
    { own: forms.map(({ rows }) => rows === null), a: coefficients, v: centers, stride: dimension },
    { own: forms.map(({ rows }) => rows !== null), a: lifted.a, v: lifted.v, stride: inputs },
  ];
  for (const { own, a, v, stride } of groups) {
    const slots = forms.flatMap((_, slot) => (chosen[slot] === true && own[slot] === true ? [slot] : []));
    if (slots.length === 0) continue;
    const width = Math.max(...slots.map((slot) => forms[slot]!.width));
    const height = Math.max(...slots.map((slot) => forms[slot]!.height));
    const neuronsOnDevice = tf.tensor2d(new Float32Array(a), [units, stride]);
    const pending: { slots: number[]; sums: tf.Tensor }[] = [];
    for (let from = 0; from < slots.length; from += SLOTS) {
      const part = slots.slice(from, from + SLOTS);
      const arguments_ = partOf(part, forms, v, { width, height, stride });
      pending.push({ slots: part, sums: program()(neuronsOnDevice, ...arguments_) });
      tf.dispose(arguments_);
    }
    for (const { slots: part, sums } of pending) {
      const values = await sums.data();
      part.forEach((slot, at) => {
        for (let j = 0; j < units; j++) costs[slot * units + j]! += values[at * units + j]!;
      });
      sums.dispose();
    }
    neuronsOnDevice.dispose();
  }
}

function partOf(
  slots: readonly number[],
  forms: readonly QuadraticForm[],
  centers: Float64Array,
  { width, height, stride }: { width: number; height: number; stride: number },
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  // A last part that is smaller than the others is filled up, so that one program serves all.
  const count = SLOTS;
  const rows = new Int32Array(count * width);
  const own = new Float32Array(count * width);
  const factors = new Float32Array(count * height * width);
  slots.forEach((slot, at) => {
    const form = forms[slot]!;
    for (let r = 0; r < form.width; r++) {
      const row = form.rows === null ? r : form.rows[r]!;
      rows[at * width + r] = row;
      own[at * width + r] = centers[slot * stride + row]!;
    }
    for (let h = 0; h < form.height; h++) {
      const from = form.factor.subarray(h * form.width, (h + 1) * form.width);
      factors.set(from, (at * height + h) * width);
    }
  });
  return [tf.tensor2d(rows, [count, width], 'int32'), tf.tensor2d(own, [count, width]), tf.tensor3d(factors, [count, height, width])];
}

const sumsOf = (neurons: tf.Tensor, rows: tf.Tensor, own: tf.Tensor, factors: tf.Tensor): tf.Tensor => {
  const taken = tf.gather(tf.transpose(neurons), rows);
  const z = tf.sub(taken, tf.expandDims(own, 2));
  return tf.sum(tf.square(tf.matMul(factors as tf.Tensor3D, z as tf.Tensor3D)), 1);
};

/** One per backend, compiled once for each size. */
const programs = new Map<string, Jitted<typeof sumsOf>>();
function program(): Jitted<typeof sumsOf> {
  const backend = tf.getBackend();
  const known = programs.get(backend) ?? jit(sumsOf, { name: 'realization-costs' });
  programs.set(backend, known);
  return known;
}
