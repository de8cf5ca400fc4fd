import * as tf from '@tensorflow/tfjs-core';
import { demand } from '@basinlab/tensor';

/** Kernel, stride and padding of the convolution that reads the patches. */
export interface PatchOptions {
  /** Rows and columns of the filters; odd. */
  readonly kernel: number;
  readonly stride?: number;
}

/**
 * The patches of images [batch, height, width, channels] that a convolution multiplies with its filters: [batch * ceil(height / stride) *
 * ceil(width / stride), channels * kernel^2], zeros around. A row is in the order of a filter [channels, kernel, kernel], so that patches times the
 * transpose of weights [outputs, channels * kernel^2] are the convolution, position after position: to its weights a convolution is a
 * linear layer on patches. Padding is (kernel - 1) / 2 on every side, PyTorch's.
 */
export function convolutionPatches(x: tf.Tensor, { kernel, stride = 1 }: PatchOptions): tf.Tensor2D {
  demand(x.rank === 4, 'input-subspace', 'images [batch, height, width, channels]', x.shape);
  demand(kernel % 2 === 1 && stride >= 1, 'input-subspace', 'an odd kernel and a stride of at least 1', [kernel, stride]);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  return tf.tidy(() => {
    const border = (kernel - 1) / 2;
    const padded = tf.pad(x as tf.Tensor4D, [
      [0, 0],
      [border, border],
      [border, border],
      [0, 0],
    ]);
    const taps = Array.from({ length: kernel ** 2 }, (_, at) => {
      const begin = [0, Math.floor(at / kernel), at % kernel, 0];
      const end = [batch, begin[1]! + (rows - 1) * stride + 1, begin[2]! + (columns - 1) * stride + 1, channels];
      return tf.stridedSlice(padded, begin, end, [1, stride, stride, 1]);
    });
    return tf.reshape(tf.stack(taps, 4), [batch * rows * columns, channels * kernel ** 2]) as tf.Tensor2D;
  });
}
