import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs `action` with every way to read the values of a tensor failing: a program that is being compiled has no values yet, and what reads them
 * works on plain backends only.
 */
export function withoutReading<T>(action: () => T): T {
  const { prototype } = tf.Tensor;
  const { dataSync, data } = prototype;
  const refuse = (): never => {
    throw new Error('reads the values of a tensor, which a compiled program does not have: use tensor operations');
  };
  // The other ways to read (`arraySync`, `bufferSync` and so on) call these.
  Object.assign(prototype, { dataSync: refuse, data: refuse });
  try {
    return action();
  } finally {
    Object.assign(prototype, { dataSync, data });
  }
}
