import * as tf from '@tensorflow/tfjs-core';
import { jit, type Jitted } from '@basinlab/core';
import type { Projection } from '../neurons/projection.js';
import type { QuadraticForm } from './quadratic-forms.js';

/** Slots evaluated by one call: bounds memory at SLOTS * width * units floats, twice. */
const SLOTS = 64;

/** Evaluates |factor z|^2 of slots for all neurons in float32 on the device, while the host goes on to factor the next ones. */
export interface DeviceForms {
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
  const waiting = { plain: [] as [number, QuadraticForm][], lifted: [] as [number, QuadraticForm][] };
  const running: { slots: number[]; sums: tf.Tensor }[] = [];
  const submit = (kind: 'plain' | 'lifted'): void => {
    const part = waiting[kind].splice(0, SLOTS);
    const given = packed(part, size);
    const { a, v } = kind === 'plain' ? plain : lifted;
    running.push({ slots: part.map(([slot]) => slot), sums: program()(a, v, ...given) });
    tf.dispose(given);
  };
  return {
    add(slot, form) {
      const kind = form.rows === null ? 'plain' : 'lifted';
      if (waiting[kind].push([slot, form]) === SLOTS) submit(kind);
    },
    async finish(costs) {
      for (const kind of ['plain', 'lifted'] as const) if (waiting[kind].length > 0) submit(kind);
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

/** Slot numbers, rows and factors of up to SLOTS forms; a last part that is smaller is filled up. */
function packed(part: readonly (readonly [number, QuadraticForm])[], size: number): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const slots = new Int32Array(SLOTS);
  const rows = new Int32Array(SLOTS * size);
  const factors = new Float32Array(SLOTS * size * size);
  part.forEach(([slot, form], at) => {
    slots[at] = slot;
    for (let r = 0; r < form.width; r++) rows[at * size + r] = form.rows === null ? r : form.rows[r]!;
    for (let h = 0; h < form.height; h++) {
      const [from, to] = [h * form.width, (at * size + h) * size];
      for (let r = 0; r < form.width; r++) factors[to + r] = form.factor[from + r]!;
    }
  });
  return [tf.tensor1d(slots, 'int32'), tf.tensor2d(rows, [SLOTS, size], 'int32'), tf.tensor3d(factors, [SLOTS, size, size])];
}

const sumsOf = (a: tf.Tensor, v: tf.Tensor, slots: tf.Tensor, rows: tf.Tensor, factors: tf.Tensor): tf.Tensor => {
  const flat = tf.add(tf.mul(tf.expandDims(slots, 1), tf.scalar(a.shape[1]!, 'int32')), rows);
  const own = tf.gather(tf.reshape(v, [v.size]), flat);
  const z = tf.sub(tf.gather(tf.transpose(a), rows), tf.expandDims(own, 2));
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
