import * as tf from '@tensorflow/tfjs-core';
import { BasinlabError, type ParamSpec } from '@basinlab/core';
import { z } from 'zod';
import type { GoldenFixture, GoldenTensor } from './contract.js';

/** The input of that name; an error that names it where the fixture has none. */
export function inputOf({ id, inputs }: GoldenFixture, name: string): GoldenTensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new BasinlabError(id, `an input ${name}`, 'none');
  return tensor;
}

/** Inputs whose name starts with `prefix`, by the rest of their name. */
export function inputsUnder({ inputs }: GoldenFixture, prefix: string): Readonly<Record<string, GoldenTensor>> {
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([name, tensor]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [])),
  );
}

/** The tensor on the current backend; float64 is rounded to float32. */
export function toDevice({ shape, dtype, data }: GoldenTensor): tf.Tensor {
  const values = data instanceof Float64Array ? Float32Array.from(data) : data;
  return tf.tensor(values, [...shape], dtype === 'int32' ? 'int32' : 'float32');
}

/** Reads a parameter of the fixture through a schema. */
export function parameterOf<T>({ id, parameters }: GoldenFixture, name: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(parameters[name]);
  if (!parsed.success) throw new BasinlabError(id, `a parameter ${name}: ${parsed.error.issues[0]!.message}`, parameters[name]);
  return parsed.data;
}

const axesTable = z.record(z.string(), z.array(z.string().nullable()));

/** Specs of the tensors in the fixture's table `axes_to_perm`: a permutation's name is its group. */
export function permutationSpecs(fixture: GoldenFixture, tensors: Readonly<Record<string, GoldenTensor>>): ParamSpec[] {
  const table = parameterOf(fixture, 'axes_to_perm', axesTable);
  return Object.entries(table).map(([name, axes]) => {
    const tensor = tensors[name];
    if (tensor === undefined) throw new BasinlabError(fixture.id, `a tensor ${name}, which axes_to_perm lists`, 'none');
    return {
      name,
      shape: tensor.shape,
      init: { kind: 'zeros' },
      role: 'weight',
      axes: axes.map((group) => (group === null ? null : { group })),
    };
  });
}
