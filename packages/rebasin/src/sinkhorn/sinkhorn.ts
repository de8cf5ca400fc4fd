import * as tf from '@tensorflow/tfjs-core';

/**
 * The doubly stochastic matrix nearest to the permutation of greatest total `scores` [units, units] / temperature, in the sense of entropic
 * optimal transport: exp(scores / temperature) with rows and columns scaled to sum to 1 by turns, in the log domain so that nothing overflows.
 * Differentiable through all iterations; columns sum to 1 exactly, rows in the limit. Sinkhorn 1964; Mena et al. 2018, "Learning latent
 * permutations with Gumbel-Sinkhorn networks".
 */
export function sinkhorn(scores: tf.Tensor2D, { temperature, iterations }: { temperature: number; iterations: number }): tf.Tensor2D {
  let log: tf.Tensor = tf.div(scores, temperature);
  for (let i = 0; i < iterations; i++) {
    log = tf.sub(log, tf.logSumExp(log, 1, true));
    log = tf.sub(log, tf.logSumExp(log, 0, true));
  }
  return tf.exp(log) as tf.Tensor2D;
}
