/**
 * PyTorch's CPU generator: the Mersenne twister MT19937 (Matsumoto and Nishimura 1998), seeded by the lower 32 bits of the seed. Here only so that
 * choices made with PyTorch can be repeated, such as a published train/validation split; everything new draws from Threefry keys.
 */
import { demand } from '../errors.js';

const WORDS = 624;
const { imul } = Math;

/**
 * A random order of 0 .. n-1, as `torch.randperm(n, generator=torch.Generator().manual_seed(seed))` on a CPU: Fisher-Yates from the front with
 * one 32-bit word modulo the number of values left. For n < 2^32 / 20; torch uses 64-bit words above.
 */
export function torchPermutation(n: number, seed: number): Int32Array {
  demand(Number.isInteger(n) && n >= 0 && n < 214748364, 'torchPermutation', 'a whole number below 214748364', n);
  demand(Number.isSafeInteger(seed), 'torchPermutation', 'the seed must be an integer below 2^53 in magnitude', seed);
  const next = mersenneTwister(seed % 2 ** 32);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n - 1; i++) {
    const other = i + (next() % (n - i));
    const value = order[i]!;
    order[i] = order[other]!;
    order[other] = value;
  }
  return order;
}

/** Words of 32 bits, one per call, for a seed of 32 bits. */
function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(WORDS);
  state[0] = seed;
  for (let i = 1; i < WORDS; i++) state[i] = imul(1812433253, state[i - 1]! ^ (state[i - 1]! >>> 30)) + i;
  let at = WORDS;
  return () => {
    if (at === WORDS) {
      twist(state);
      at = 0;
    }
    let word = state[at++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  };
}

function twist(state: Uint32Array): void {
  for (let i = 0; i < WORDS; i++) {
    const joined = (state[i]! & 0x80000000) | (state[(i + 1) % WORDS]! & 0x7fffffff);
    state[i] = state[(i + 397) % WORDS]! ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
  }
}
