import type { Tensor } from '@tensorflow/tfjs-core';
import type { XlaBackend } from '../backend/backend.js';
import type { Flat } from './differentiable.js';
import { Program, inputTypes } from './program.js';

/**
 * Traces and runs a function on concrete tensors. What it compiled stays in the backend's store of programs, so that the next call with
 * the same graph only traces.
 */
export function runOnce(backend: XlaBackend, name: string, f: Flat, inputs: readonly Tensor[]): Tensor[] {
  const program = new Program(backend, f, inputTypes(backend, inputs, name), { name });
  return program.call(inputs, () => program.dispose(false));
}
