import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ParamSpec, Tensors } from '@basinlab/tensor';

/** Per unit (row) of a mask the places of its zeros, or of its ones: whichever are fewer. int32 [units, most of any unit]. */
export type MaskLists = Record<string, { zeros: Tensor } | { ones: Tensor }>;

/**
 * What the constant scales of a network's parameters say about its kernel: scales that are 1 everywhere are left out, those of weights [out, in]
 * that are 0 or 1 come as lists too. The caller disposes the lists.
 */
export async function maskLists(specs: readonly ParamSpec[], constants: Tensors): Promise<{ scales: Tensors; lists: MaskLists }> {
  const scales: Tensors = {};
  const lists: MaskLists = {};
  for (const { name, shape } of specs) {
    const scale = constants[`${name}.scale`];
    if (scale === undefined) continue;
    const values = await scale.data();
    if (values.every((value: number) => value === 1)) continue;
    scales[name] = scale;
    const [units, inputs] = shape;
    if (shape.length !== 2 || !values.every((value: number) => value === 0 || value === 1)) continue;
    const [zeros, ones] = [0, 1].map((wanted) => placesOf(wanted, values, units!, inputs!));
    const longest = (places: readonly number[][]): number => Math.max(...places.map(({ length }) => length));
    const few = longest(zeros!) <= longest(ones!) ? zeros! : ones!;
    const count = longest(few);
    const padded = few.flatMap((places) => [...places, ...new Array<number>(count - places.length).fill(inputs!)]);
    const tensor = tf.tensor2d(Int32Array.from(padded), [units!, count], 'int32');
    lists[name] = few === zeros ? { zeros: tensor } : { ones: tensor };
  }
  return { scales, lists };
}

function placesOf(wanted: number, values: ArrayLike<number>, units: number, inputs: number): number[][] {
  return Array.from({ length: units }, (_, unit) =>
    Array.from({ length: inputs }, (__, i) => i).filter((i) => values[unit * inputs + i] === wanted),
  );
}
