import * as tf from '@tensorflow/tfjs-core';
import { compiled, map } from '@basinlab/tensor';
import type { Projection } from '../neurons/projection.js';
import type { QuadraticForm } from './quadratic-forms.js';

/** Slots evaluated by one call: bounds memory at SLOTS * width * units floats, twice. */
const SLOTS = 64;

/** Evaluates |factor z|^2 of slots for all neurons in float32 on the device, while the host goes on to factor the next ones. */
export interface DeviceForms {
  /** Takes what it needs of the form at once. */
  add(slot: number, form: QuadraticForm): void;
  /** Adds the values to `costs` [units, units] and releases everything. */
  finish(costs: Float64Array): Promise<void>;
}

/** Coefficients and centers of all neurons on the device, in the coordinates that forms of one kind read. */
interface Coordinates {
  readonly a: tf.Tensor;
  readonly v: tf.Tensor;
}

/**
 * @param basis U, [inputs, dimension]
 * @param size largest width of a form; factors are filled up to it with zeros, so that one program serves all
 */
export function createDeviceForms(neurons: Projection, basis: Float64Array, size: number): DeviceForms {
  const { units, dimension } = neurons;
  const plain: Coordinates = { a: upload(neurons.coefficients, units, dimension), v: upload(neurons.centers, units, dimension) };
  const columns = upload(basis, basis.length / dimension, dimension);
  const lifted: Coordinates = { a: tf.matMul(plain.a, columns, false, true), v: tf.matMul(plain.v, columns, false, true) };
  columns.dispose();
  const waiting = { plain: emptyPack(size), lifted: emptyPack(size) };
  const running: { slots: number[]; sums: tf.Tensor }[] = [];
  const submit = (kind: 'plain' | 'lifted'): void => {
    const { slots, rows, factors } = waiting[kind];
    waiting[kind] = emptyPack(size);
    const given: [tf.Tensor, tf.Tensor, tf.Tensor] = [
      tf.tensor1d(
        Int32Array.from({ length: SLOTS }, (_, at) => slots[at] ?? 0),
        'int32',
      ),
      tf.tensor2d(rows, [SLOTS, size], 'int32'),
      tf.tensor3d(factors, [SLOTS, size, size]),
    ];
    const { a, v } = kind === 'plain' ? plain : lifted;
    running.push({ slots, sums: compiled(sumsOf, { name: 'realization-costs' })(a, v, ...given) });
    tf.dispose(given);
  };
  return {
    add(slot, form) {
      const kind = form.rows === null ? 'plain' : 'lifted';
      fill(waiting[kind], slot, form, size);
      if (waiting[kind].slots.length === SLOTS) submit(kind);
    },
    async finish(costs) {
      for (const kind of ['plain', 'lifted'] as const) if (waiting[kind].slots.length > 0) submit(kind);
      for (const { slots, sums } of running) {
        const values = await sums.data();
        slots.forEach((slot, at) => {
          for (let j = 0; j < units; j++) costs[slot * units + j]! += values[at * units + j]!;
        });
      }
      tf.dispose([plain.a, plain.v, lifted.a, lifted.v, ...running.map(({ sums }) => sums)]);
    },
  };
}

const upload = (matrix: Float64Array, rows: number, columns: number): tf.Tensor2D => tf.tensor2d(new Float32Array(matrix), [rows, columns]);

/** Rows [SLOTS, size] and factors [SLOTS, size, size] of up to SLOTS forms; what is missing stays 0. */
interface Pack {
  readonly slots: number[];
  readonly rows: Int32Array;
  readonly factors: Float32Array;
}

const emptyPack = (size: number): Pack => ({
  slots: [],
  rows: new Int32Array(SLOTS * size),
  factors: new Float32Array(SLOTS * size * size),
});

function fill({ slots, rows, factors }: Pack, slot: number, { rows: taken, width, height, factor }: QuadraticForm, size: number): void {
  const at = slots.push(slot) - 1;
  for (let r = 0; r < width; r++) rows[at * size + r] = taken === null ? r : taken[r]!;
  for (let h = 0; h < height; h++) {
    const from = h * width;
    const to = (at * size + h) * size;
    for (let r = 0; r < width; r++) factors[to + r] = factor[from + r]!;
  }
}

/** |factor z|^2 of every neuron, slot after slot: what one slot needs stays in the processor's cache. */
const sumsOf = (a: tf.Tensor, v: tf.Tensor, slots: tf.Tensor, rows: tf.Tensor, factors: tf.Tensor): tf.Tensor => {
  const coordinates = tf.transpose(a);
  return map(
    (form: { slot: tf.Tensor; rows: tf.Tensor; factor: tf.Tensor }) => {
      const own = tf.gather(tf.reshape(tf.gather(v, tf.reshape(form.slot, [1])), [v.shape[1]!]), form.rows as tf.Tensor1D);
      const z = tf.sub(tf.gather(coordinates, form.rows as tf.Tensor1D), tf.expandDims(own, 1));
      return tf.sum(tf.square(tf.matMul(form.factor as tf.Tensor2D, z as tf.Tensor2D)), 0);
    },
    { slot: slots, rows, factor: factors },
  );
};
