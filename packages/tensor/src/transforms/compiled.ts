import type { Jitted, JitOptions, TensorFunction, Transforms } from './contract.js';
import { currentTransforms } from './dispatch.js';

const programs = new WeakMap<Transforms, Map<TensorFunction, Jitted<TensorFunction>>>();

/**
 * A function at the top of a module, which reads nothing but its arguments, compiled once for every engine that is started: `jit` for as long as the engine lives, found again by the
 * function itself. `options` count the first time. An engine that is started anew, whose earlier programs are gone, compiles it again. Nobody disposes it.
 */
export function compiled<F extends TensorFunction>(f: F, options?: JitOptions): Jitted<F> {
  const transforms = currentTransforms();
  let own = programs.get(transforms);
  if (own === undefined) programs.set(transforms, (own = new Map()));
  let program = own.get(f) as Jitted<F> | undefined;
  if (program === undefined) own.set(f, (program = transforms.jit(f, options)));
  return program;
}
