import * as tf from '@tensorflow/tfjs-core';
import { axisIndices, BasinlabError, demand, type AxisSymmetry, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { checkTransform } from './algebra.js';
import { groupSizes, type AxisSpec } from './axis-spec.js';

/**
 * Moves the units of a network: new[i] = old[indices[i]] on every axis that carries the group, in whole blocks. `specs` describe `tensors`
 * by name: give parameters with their specs, and state (running statistics) with its own. Returns fresh tensors on the device; a group
 * that `transform` leaves out, or that no axis here carries, moves nothing.
 * @throws BasinlabError on a tensor without a spec, another shape than its spec's, or an element that does not fit the group
 */
export function applyTransform(specs: readonly AxisSpec[], tensors: Tensors, transform: SymmetryTransform): Tensors {
  const moves = movesByName(specs, transform);
  return tf.tidy(() => {
    const indexTensors = new Map<Int32Array, tf.Tensor1D>();
    return Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => {
        const { shape, axes } = find(moves, name);
        demand(tensor.shape.join() === shape.join(), name, `shape [${shape.join(', ')}]`, tensor.shape);
        let moved = tensor;
        axes.forEach((indices, k) => {
          if (indices === null) return;
          const onDevice = indexTensors.get(indices) ?? tf.tensor1d(indices, 'int32');
          indexTensors.set(indices, onDevice);
          moved = tf.gather(moved, onDevice, k);
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
  const moves = movesByName(specs, transform);
  return Object.fromEntries(
    Object.entries(arrays).map(([name, data]) => {
      const { shape, axes } = find(moves, name);
      const size = shape.reduce((product, length) => product * length, 1);
      demand(data.length === size, name, `${size} values of shape [${shape.join(', ')}]`, data.length);
      let moved = data.slice() as A;
      axes.forEach((indices, k) => {
        if (indices !== null) moved = gatherAxis(moved, shape, k, indices);
      });
      return [name, moved];
    }),
  );
}

interface Move {
  readonly shape: readonly number[];
  /** Source index of every entry along each axis; null where the axis stays. */
  readonly axes: readonly (Int32Array | null)[];
}

function movesByName(specs: readonly AxisSpec[], transform: SymmetryTransform): ReadonlyMap<string, Move> {
  const carried = groupSizes(specs);
  checkTransform(specs, Object.fromEntries(Object.entries(transform).filter(([group]) => carried.has(group))));
  // Axes that move alike share their indices, and with them one tensor on the device.
  const alike = new Map<string, Int32Array | null>();
  const along = (name: string, axis: AxisSymmetry | null, length: number): Int32Array | null => {
    const key = JSON.stringify([axis, length]);
    const known = alike.get(key);
    const indices = known === undefined ? axisIndices(name, axis, length, (group) => transform[group]?.indices) : known;
    alike.set(key, indices);
    return indices;
  };
  return new Map(specs.map(({ name, shape, axes }) => [name, { shape, axes: axes.map((axis, k) => along(name, axis, shape[k]!)) }]));
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
