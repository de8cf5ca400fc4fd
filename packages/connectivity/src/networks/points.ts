import { demand } from '@basinlab/core';
import type { Tensors, Variables } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Point } from '../curves/index.js';

/** Parameters as a point: curves are float64 on the host, networks float32 on the device. */
export async function pointOf(params: Tensors): Promise<Point> {
  const entries = Object.entries(params).map(async ([name, tensor]) => [name, Float64Array.from(await tensor.data())] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/**
 * The model at a point: fresh float32 parameters, which the caller disposes, with the constants and the state of `like`.
 * @throws BasinlabError where a parameter is missing or of another size
 */
export function modelAt(point: Point, like: Variables): Variables {
  const params = Object.entries(like.params).map(([name, { shape, size }]): [string, tf.Tensor] => {
    const values = point[name];
    demand(values?.length === size, 'modelAt', `${size} values of ${name}`, values?.length);
    return [name, tf.tensor(Float32Array.from(values!), shape)];
  });
  return { params: Object.fromEntries(params), constants: like.constants, state: like.state };
}
