import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap, Tensor } from '@tensorflow/tfjs-core';
import { demand } from '../errors.js';
import { kernelOr } from './kernel.js';

/**
 * A float32 tensor of numbers of 8 bits, such as images: entry i is `table[256 channel + levels[i]]`, where its channel is its position along the last
 * axis modulo the number of channels, `table.length / 256`. An engine that can (kernel `Levels`) keeps the bytes, a quarter of the memory, and looks
 * numbers up where they are used; elsewhere this is a tensor like any other. All bits are those of the table either way.
 * @throws BasinlabError where levels do not fill the shape, or the table does not fit its last axis
 */
export function fromLevels(levels: Uint8Array, shape: readonly number[], table: Float32Array): Tensor {
  const size = tf.util.sizeFromShape([...shape]);
  demand(levels.length === size, 'fromLevels', `${size} levels for shape [${shape.join(', ')}]`, levels.length);
  const channels = table.length / 256;
  const fits = channels >= 1 && Number.isInteger(channels) && (channels === 1 || (shape.at(-1) ?? 0) % channels === 0);
  demand(
    fits,
    'fromLevels',
    'a table of 256 numbers per channel, and whole pixels along the last axis',
    `${table.length} and ${shape.at(-1)}`,
  );
  return kernelOr('Levels', {}, { levels, shape: [...shape], table } as unknown as NamedAttrMap, () =>
    tf.tensor(floatsOfLevels(levels, table), [...shape]),
  );
}

/** What {@link fromLevels} holds, on the host. */
export function floatsOfLevels(levels: Uint8Array, table: Float32Array): Float32Array {
  const channels = table.length / 256;
  const floats = new Float32Array(levels.length);
  for (let i = 0, channel = 0; i < levels.length; i++, channel = channel + 1 === channels ? 0 : channel + 1)
    floats[i] = table[256 * channel + levels[i]!]!;
  return floats;
}
