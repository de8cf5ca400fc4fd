import * as tf from '@tensorflow/tfjs-core';
import {
  axisIndices,
  axisMatrix,
  axisSegments,
  BasinlabError,
  demand,
  type AxisFactor,
  type AxisSymmetry,
  type SymmetryTransform,
  type Tensors,
} from '@basinlab/core';
import { checkTransform } from './algebra.js';
import { groupSizes, type AxisSpec } from './axis-spec.js';

/**
 * Moves the units of a network: new[i] = old[indices[i]] on every axis that carries the group, in whole blocks, or new = matrix old, by what the axis is to the group (`AxisRole`). `specs` describe `tensors`
 * by name: give parameters with their specs, and state (running statistics) with its own. Returns fresh tensors on the device; a group
 * that `transform` leaves out, or that no axis here carries, moves nothing.
 * @throws BasinlabError on a tensor without a spec, another shape than its spec's, or an element that does not fit the group
 */
export const applyTransform = (specs: readonly AxisSpec[], tensors: Tensors, transform: SymmetryTransform): Tensors =>
  multiplyAxes(specs, tensors, transform, (entry) => entry);

/** {@link applyTransform} by the squared entries of what every axis is multiplied by: rows and columns of a rotation then sum to 1. */
export const applySquaredTransform = (specs: readonly AxisSpec[], tensors: Tensors, transform: SymmetryTransform): Tensors =>
  multiplyAxes(specs, tensors, transform, (entry) => entry * entry);

function multiplyAxes(
  specs: readonly AxisSpec[],
  tensors: Tensors,
  transform: SymmetryTransform,
  entryOf: (entry: number) => number,
): Tensors {
  const moves = movesByName(specs, transform, entryOf);
  return tf.tidy(() => {
    const uploaded = new Map<AxisMove, tf.Tensor>();
    return Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => {
        const { shape, axes } = find(moves, name);
        demand(tensor.shape.join() === shape.join(), name, `shape [${shape.join(', ')}]`, tensor.shape);
        let moved = tensor;
        axes.forEach((move, k) => {
          if (move === null) return;
          const onDevice = uploaded.get(move) ?? upload(move, shape[k]!);
          uploaded.set(move, onDevice);
          moved = move instanceof Int32Array ? tf.gather(moved, onDevice as tf.Tensor1D, k) : multiplyAxis(moved, onDevice, k);
        });
        return [name, moved === tensor ? tf.clone(tensor) : moved];
      }),
    );
  });
}

/** Numbers that a transform can move on the host. */
export type FloatArray = Float32Array | Float64Array;

/** {@link applyTransform} for numbers on the host, row-major with the shapes of `specs`; float32 and float64 arrays stay what they are. */
export function applyTransformToArrays<A extends FloatArray>(
  specs: readonly AxisSpec[],
  arrays: Readonly<Record<string, A>>,
  transform: SymmetryTransform,
): Record<string, A> {
  const moves = movesByName(specs, transform, (entry) => entry);
  return Object.fromEntries(
    Object.entries(arrays).map(([name, data]) => {
      const { shape, axes } = find(moves, name);
      const size = shape.reduce((product, length) => product * length, 1);
      demand(data.length === size, name, `${size} values of shape [${shape.join(', ')}]`, data.length);
      let moved = data.slice() as A;
      axes.forEach((move, k) => {
        if (move !== null)
          moved = move instanceof Int32Array ? gatherAxis(moved, shape, k, move) : multiplyAxisOfArray(moved, shape, k, move);
      });
      return [name, moved];
    }),
  );
}

/** Source index of every entry along an axis, or what the axis is multiplied by, [length, length]. */
type AxisMove = Int32Array | Float64Array;

interface Move {
  readonly shape: readonly number[];
  /** Null where the axis stays. */
  readonly axes: readonly (AxisMove | null)[];
}

const upload = (move: AxisMove, length: number): tf.Tensor =>
  move instanceof Int32Array ? tf.tensor1d(move, 'int32') : tf.tensor2d(Float32Array.from(move), [length, length]);

/** `matrix` times an axis of `x`. */
function multiplyAxis(x: tf.Tensor, matrix: tf.Tensor, axis: number): tf.Tensor {
  const length = x.shape[axis]!;
  const order = [...x.shape.keys()].filter((k) => k !== axis).concat(axis);
  const last = tf.transpose(x, order);
  const product = tf.reshape(tf.matMul(tf.reshape(last, [-1, length]), matrix as tf.Tensor2D, false, true), last.shape);
  return tf.transpose(
    product,
    order.map((_, k) => order.indexOf(k)),
  );
}

function movesByName(
  specs: readonly AxisSpec[],
  transform: SymmetryTransform,
  entryOf: (entry: number) => number,
): ReadonlyMap<string, Move> {
  const carried = groupSizes(specs);
  checkTransform(specs, Object.fromEntries(Object.entries(transform).filter(([group]) => carried.has(group))));
  // Axes that move alike share their indices, and with them one tensor on the device.
  const alike = new Map<string, AxisMove | null>();
  const along = (name: string, axis: AxisSymmetry | null, length: number): AxisMove | null => {
    const key = JSON.stringify([axis, length]);
    const known = alike.get(key);
    const found = known === undefined ? axisMove(name, axis, length, transform) : known;
    const move = known === undefined && found instanceof Float64Array ? found.map(entryOf) : found;
    alike.set(key, move);
    return move;
  };
  return new Map(specs.map(({ name, shape, axes }) => [name, { shape, axes: axes.map((axis, k) => along(name, axis, shape[k]!)) }]));
}

function axisMove(name: string, axis: AxisSymmetry | null, length: number, transform: SymmetryTransform): AxisMove | null {
  if (axis === null) return null;
  const isExchanged = ({ group, planesOf }: AxisFactor): boolean => {
    const element = transform[planesOf ?? group ?? ''];
    // Angles turn coordinates only: elsewhere units are exchanged.
    return element === undefined || element.kind === 'permutation' || (element.kind === 'rotated' && planesOf === undefined);
  };
  if (!axisSegments(name, axis, length).flat().every(isExchanged)) return axisMatrix(name, axis, length, (group) => transform[group]);
  return axisIndices(name, axis, length, (group) => {
    const element = transform[group];
    return element !== undefined && 'indices' in element ? element.indices : undefined;
  });
}

function find(moves: ReadonlyMap<string, Move>, name: string): Move {
  const move = moves.get(name);
  if (move === undefined) throw new BasinlabError('transform', 'a spec for every tensor', `none for ${name}`);
  return move;
}

function gatherAxis<A extends FloatArray>(data: A, shape: readonly number[], axis: number, indices: Int32Array): A {
  const length = shape[axis]!;
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const outer = length * inner === 0 ? 0 : data.length / (length * inner);
  const out = data.slice() as A;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < length; i++) {
      const from = (o * length + indices[i]!) * inner;
      const to = (o * length + i) * inner;
      for (let k = 0; k < inner; k++) out[to + k] = data[from + k]!;
    }
  }
  return out;
}

function multiplyAxisOfArray<A extends FloatArray>(data: A, shape: readonly number[], axis: number, matrix: Float64Array): A {
  const length = shape[axis]!;
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const outer = length * inner === 0 ? 0 : data.length / (length * inner);
  const out = data.slice() as A;
  for (let i = 0; i < length; i++) {
    // What moves heads or planes is mostly 0.
    const sources = Array.from({ length }, (_, j) => j).filter((j) => matrix[i * length + j] !== 0);
    for (let o = 0; o < outer; o++)
      for (let k = 0; k < inner; k++) {
        let sum = 0;
        for (const j of sources) sum += matrix[i * length + j]! * data[(o * length + j) * inner + k]!;
        out[(o * length + i) * inner + k] = sum;
      }
  }
  return out;
}
