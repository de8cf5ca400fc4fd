import type { DataType } from '@tensorflow/tfjs-core';
import type { Axis } from '../index-set.js';
import { still, type OpRule } from '../traced.js';

const uniform = (shape: readonly number[]): Axis[] => shape.map((size) => (size === 1 ? [[]] : 'uniform'));

const counted: OpRule = (_, { start, stop, step, num, dtype }) => {
  const size = num === undefined ? Math.max(0, Math.ceil(((stop as number) - (start as number)) / (step as number))) : (num as number);
  return { dtype: (dtype as DataType | undefined) ?? 'float32', shape: [size], axes: [still(size)] };
};

export const creationRules: Readonly<Record<string, OpRule>> = {
  Fill: (_, { shape, dtype }) => ({
    dtype: (dtype as DataType | undefined) ?? 'float32',
    shape: shape as number[],
    axes: uniform(shape as number[]),
  }),
  ZerosLike: ({ x }) => ({ ...x!, axes: uniform(x!.shape) }),
  OnesLike: ({ x }) => ({ ...x!, axes: uniform(x!.shape) }),
  Range: counted,
  LinSpace: counted,
};
