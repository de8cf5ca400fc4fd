import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand, jit, type Graph, type Network, type Variables } from '@basinlab/tensor';
import { kernelOf, type KernelArguments } from './kernel-program.js';
import { maskLists } from './mask-lists.js';

/** Samples per block of the kernel, and the graph. */
export interface KernelOptions {
  /** Samples at a time: tiles of the kernel are [block, block]. Default 1000. */
  readonly block?: number;
  /** Needed where the inputs are nodes. */
  readonly graph?: Graph;
}

/** A kernel of gradients over samples. */
export interface NeuralTangentKernel {
  readonly samples: number;
  /** [samples, samples] row-major, symmetric. */
  readonly values: Float32Array;
}

/** A compiled tangent kernel. */
export interface KernelEvaluator {
  /** The kernel of one model on `inputs` [samples, ...] (or nodes, int32 [samples]). */
  kernel(variables: Variables, inputs: Tensor): Promise<NeuralTangentKernel>;
  /** Releases the compiled programs. */
  dispose(): void;
}

/**
 * Compiles the empirical neural tangent kernel of a network in evaluation mode: entry (i, j) is the sum over logits c of the products of the gradients of
 * logit c at the inputs i and j with respect to all trainable parameters (raw entries that a mask holds fixed have none). Not divided by the number
 * of logits or samples. Jacot et al. 2018; arXiv 2606.04754.
 *
 * Gradients are never held for all samples and parameters: for a weight that acts once per sample they are products of its inputs h and the
 * signals d that come back to it, so that its part is (h h^T) * sum_c (d_c d_c^T). Memory: 4 bytes x block x (inputs of all layers + logits x
 * units of all layers) and a few kernels of [block, block]; convolutions and other weights that act at several positions add the
 * gradients of one logit and one filter tap, [block, in, out].
 * Any architecture works; parameters that it uses in unusual ways (more than once, say) cost their gradient per sample and logit.
 * @throws BasinlabError where the logits are not [samples, outputs]
 */
export function createKernelEvaluator(network: Network, { block = 1000, graph }: KernelOptions = {}): KernelEvaluator {
  demand(Number.isInteger(block) && block > 0, 'ntk', 'a block of at least one sample', block);
  const program = jit((args: KernelArguments, split: number): Tensor => kernelOf(network, graph, args, split), {
    name: 'ntk',
    staticArguments: [1],
  });
  return {
    async kernel(variables, inputs) {
      const samples = inputs.shape[0]!;
      demand(samples > 0, 'ntk', 'at least one sample', samples);
      const model = tf.tidy(() => {
        const { params, constants, state } = network.toStandard(variables);
        // Clones: what `toStandard` passes through stays the caller's.
        return { params: cloned(params), constants: cloned(constants), state: cloned(state) };
      });
      const { scales, lists } = await maskLists(network.params, variables.constants);
      const values = new Float32Array(samples * samples);
      try {
        for (let row = 0; row < samples; row += block) {
          for (let column = 0; column <= row; column += block) {
            const [rows, columns] = [Math.min(block, samples - row), Math.min(block, samples - column)];
            const taken = tf.tidy(() => {
              const mine = tf.slice(inputs, row, rows);
              return row === column ? mine : tf.concat([mine, tf.slice(inputs, column, columns)]);
            });
            const tile = program({ model, scales, lists, inputs: taken }, row === column ? 0 : rows);
            const entries = await tile.data();
            tf.dispose([taken, tile]);
            for (let i = 0; i < rows; i++) {
              for (let j = 0; j < columns; j++) {
                values[(row + i) * samples + column + j] = entries[i * columns + j]!;
                values[(column + j) * samples + row + i] = entries[i * columns + j]!;
              }
            }
          }
        }
      } finally {
        tf.dispose([model, lists] as unknown as tf.TensorContainer);
      }
      return { samples, values };
    },
    dispose: () => program.dispose(),
  };
}

/** The kernel of one model once. See {@link createKernelEvaluator} for several. */
export async function neuralTangentKernel(
  network: Network,
  variables: Variables,
  inputs: Tensor,
  options: KernelOptions = {},
): Promise<NeuralTangentKernel> {
  const evaluator = createKernelEvaluator(network, options);
  try {
    return await evaluator.kernel(variables, inputs);
  } finally {
    evaluator.dispose();
  }
}

const cloned = (tensors: Record<string, Tensor>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.clone(tensor)]));
