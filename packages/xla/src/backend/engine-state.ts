import * as tf from '@tensorflow/tfjs-core';

/** Whether tfjs would record an op on a gradient tape now. */
export const isTapeOn = (): boolean => tf.engine().state.gradientDepth > 0 && tf.engine().state.kernelDepth === 0;

/** How many gradients are being taken around this point: 2 inside a gradient of a gradient. */
export const gradientDepth = (): number => (isTapeOn() ? tf.engine().state.gradientDepth : 0);

/**
 * Runs `f` as if no gradient were being taken and no kernel were running around it: what it computes stays off the tape, and gradients it
 * takes itself work.
 */
export function withFreshTape<T>(f: () => T): T {
  const { state } = tf.engine();
  const { activeTape, gradientDepth: depth, kernelDepth } = state;
  Object.assign(state, { activeTape: null, gradientDepth: 0, kernelDepth: 0 });
  try {
    return f();
  } finally {
    Object.assign(state, { activeTape, gradientDepth: depth, kernelDepth });
  }
}

/** Runs `f` in a scope of its own that disposes every tensor made in it; unlike `tf.tidy` it may return anything. */
export function inScope<T>(name: string, f: () => T): T {
  tf.engine().startScope(name);
  try {
    return f();
  } finally {
    tf.engine().endScope();
  }
}
