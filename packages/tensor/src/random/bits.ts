import { demand } from '../errors.js';
import type { Key } from './key.js';
import { threefryBlock } from './threefry.js';

/**
 * `size` words of 32 random bits, as `jax.random.bits(key, [size])` (partitionable Threefry): word i is the xor of the two words of
 * counter i. `offset` starts at a later counter: the words from there on are those of a longer draw, so a stream can be drawn in parts.
 */
export function randomBits(key: Key, size: number, offset = 0): Uint32Array<ArrayBuffer> {
  checkSize('randomBits', size);
  demand(Number.isSafeInteger(offset) && offset >= 0, 'randomBits', 'the offset must be a whole number', offset);
  const out = new Uint32Array(size);
  const block = new Int32Array(2);
  for (let i = 0; i < size; i++) {
    const counter = offset + i;
    threefryBlock(key[0], key[1], (counter - (counter % 2 ** 32)) / 2 ** 32, counter, block);
    out[i] = block[0]! ^ block[1]!;
  }
  return out;
}

/** Refuses sizes that are not whole numbers. */
export function checkSize(id: string, size: number): void {
  demand(Number.isSafeInteger(size) && size >= 0, id, 'the size must be a whole number', size);
}
