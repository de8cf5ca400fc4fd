/**
 * Arrays that are bytes on the device and float32 for everyone else, such as images of 8 bits: entry by entry a number from a table, so that no bit
 * differs from an array of floats. What only picks entries (slices, gathered rows, reshapes) picks bytes, and only what is picked becomes floats: a
 * compiled step reads a batch of bytes, and the whole set is never there as floats.
 */
import { createHash } from 'node:crypto';
import type { Builder } from './builder.js';
import type { Value } from './graph.js';
import { markLevels } from './picks.js';
import { take } from './composites.js';

/** What each byte stands for. */
export interface LevelTable {
  /** Of every channel 256 numbers, channel after channel; the channel of an entry is its position along the last axis, modulo their number. */
  readonly values: Float32Array;
  readonly channels: number;
  /** Equal exactly for equal tables. */
  readonly key: string;
}

export function levelTable(values: Float32Array): LevelTable {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { values, channels: values.length / 256, key: createHash('sha256').update(bytes).digest('hex').slice(0, 16) };
}

/** The floats of an array of bytes. */
export function fromLevels(b: Builder, levels: Value, table: LevelTable): Value {
  const { channels, values } = table;
  const level = b.convert(levels, 'int32');
  const channel = (): Value => b.multiply(b.remainder(b.iota('int32', levels.shape, levels.shape.length - 1), channels), 256);
  const floats = take(b, b.constant(values, 'float32', [values.length]), channels === 1 ? level : b.add(level, channel()), 0);
  markLevels(floats, { levels, channels, decode: (builder, picked) => fromLevels(builder, picked, table) });
  return floats;
}
