import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../contracts/index.js';

/** A record of zeros with the names and shapes of `params`. */
export const zerosLikeEach = (params: Tensors): Tensors =>
  Object.fromEntries(Object.entries(params).map(([name, p]) => [name, tf.zerosLike(p)]));
