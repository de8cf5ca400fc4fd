import type { Builder, Value } from '../hlo/index.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/** Threefry 2x32 with 20 rounds on int32 bit patterns; the algorithm is written down beside the host version in `@basinlab/tensor/random`. */
export const threefryKernels: Readonly<Record<string, Lowering>> = {
  Threefry2x32: lowering<'key' | 'high' | 'low'>((b, { key, high, low }) => {
    const word = (i: number): Value => b.reshape(b.sliceAxis(key, 0, i, i + 1), []);
    const words = [word(0), word(1)];
    words.push(b.xor(b.xor(words[0]!, words[1]!), 0x1bd11bda));
    let [x, y] = [b.add(high, words[0]!), b.add(low, words[1]!)];
    for (let round = 1; round <= 5; round++) {
      for (const by of ROTATIONS[(round - 1) % 2]!) {
        x = b.add(x, y);
        y = b.xor(rotateLeft(b, y, by), x);
      }
      x = b.add(x, words[round % 3]!);
      y = b.add(b.add(y, words[(round + 1) % 3]!), round);
    }
    return [x, y];
  }),
};

const rotateLeft = (b: Builder, x: Value, by: number): Value => b.or(b.shiftLeft(x, by), b.shiftRightLogical(x, 32 - by));
