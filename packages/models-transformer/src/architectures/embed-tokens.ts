import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { demand, type Tensors } from '@basinlab/core';

/**
 * Int32 tokens `x` [batch, positions] as rows of `tokens.weight` plus those of `positions.weight`, where there is one -> [batch, positions, width].
 * @throws BasinlabError in the name of the architecture `id` for inputs of another rank, or longer than `longest`
 */
export function embedTokens(id: string, longest: number, params: Tensors, x: Tensor): Tensor {
  const [batch = 0, length = 0] = x.shape;
  const width = params['tokens.weight']!.shape[1]!;
  demand(x.rank === 2, id, 'tokens [batch, positions]', x.shape);
  demand(length <= longest, id, `at most ${longest} positions`, length, 'Set options.positions to the longest sequence.');
  const tokens = tf.gather(params['tokens.weight']!, tf.reshape(x, [batch * length]) as Tensor1D);
  const rows = tf.reshape(tokens, [batch, length, width]);
  const table = params['positions.weight'];
  return table === undefined ? rows : tf.add(rows, tf.slice(table, [0, 0], [length, width]));
}
