import * as tf from '@tensorflow/tfjs-core';
import type { Transforms } from './contract.js';
import { plain } from './plain.js';

const byBackend = new Map<string, Transforms>();

/** Called by an engine once its tfjs backend exists: from then on the functions below use `transforms` while that backend is current. */
export function registerTransforms(backend: string, transforms: Transforms): void {
  byBackend.set(backend, transforms);
}

/** Those of the engine whose backend is current: another value whenever an engine is started. */
export const currentTransforms = (): Transforms => byBackend.get(tf.getBackend()) ?? plain;

/** Compiles `f` on first use per argument structure, shapes and dtypes. See {@link Transforms.jit}. */
export const jit: Transforms['jit'] = (f, options) => currentTransforms().jit(f, options);
/** Devices for calls at the same time. See {@link Jitted.together}. */
export const deviceCount: Transforms['deviceCount'] = () => currentTransforms().deviceCount();
/** Maps `f` over a leading axis. See {@link Transforms.vmap}. */
export const vmap: Transforms['vmap'] = (f, options) => currentTransforms().vmap(f, options);
/** Loops with a carry over a leading axis. See {@link Transforms.scan}. */
export const scan: Transforms['scan'] = (f, init, xs, length) => currentTransforms().scan(f, init, xs, length);
/** Loops while a condition holds. See {@link Transforms.whileLoop}. */
export const whileLoop: Transforms['whileLoop'] = (condition, body, init) => currentTransforms().whileLoop(condition, body, init);
/** Maps `f` over a leading axis, one example at a time. See {@link Transforms.map}. */
export const map: Transforms['map'] = (f, xs) => currentTransforms().map(f, xs);
/** A function at mixtures of models. See {@link Transforms.mixtures}. */
export const mixtures: Transforms['mixtures'] = (f, models) => currentTransforms().mixtures(f, models);
