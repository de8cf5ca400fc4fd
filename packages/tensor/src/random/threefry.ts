/**
 * Threefry 2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a keyed bijection of 64-bit counters.
 * Counter-based: the value at a position depends on the key and the position alone, so any part of a stream can be drawn without the rest.
 *
 * The kernel `Threefry2x32`, which device samplers run and a compiling backend registers:
 *   inputs   key   int32 [2]        the two words of the key
 *            high  int32 [...s]     first words of the counters
 *            low   int32 [...s]     second words of the counters, same shape
 *   outputs  two int32 [...s]       first and second words of the encrypted counters
 *   attrs    none
 * Two companions, which TensorFlow.js lacks: `BitwiseXor`, inputs a, b int32 [...s] -> int32 [...s]; and `ShiftRightLogical`, input
 * x int32 [...s], attribute `bits` (1 to 31) -> int32 [...s].
 * All words are 32-bit patterns: int32 tensors hold what C would call uint32. Additions wrap, shifts right are logical. Under `vmap` the key, the
 * counters or both may be mapped. Where a backend registers none of them, device samplers
 * read the key and draw on the host (`./device/`).
 *
 * With words x = [x0, x1], key words k0, k1 and k2 = k0 ^ k1 ^ 0x1BD11BDA: x += [k0, k1]; then for i = 1..5: four rounds
 * (x0 += x1; x1 = rotateLeft(x1, r); x1 ^= x0) with r = 13, 15, 26, 6 for odd i and 17, 29, 16, 24 for even i, then
 * x0 += k[i mod 3], x1 += k[(i + 1) mod 3] + i.
 */

/** Encrypts one counter; writes its two words to `out[0]` and `out[1]`. The inner step of every host sampler: no allocation. */
export function threefryBlock(k0: number, k1: number, high: number, low: number, out: Int32Array): void {
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  let a = (high + k0) | 0;
  let b = (low + k1) | 0;

  a = (a + b) | 0;
  b = ((b << 13) | (b >>> 19)) ^ a;
  a = (a + b) | 0;
  b = ((b << 15) | (b >>> 17)) ^ a;
  a = (a + b) | 0;
  b = ((b << 26) | (b >>> 6)) ^ a;
  a = (a + b) | 0;
  b = ((b << 6) | (b >>> 26)) ^ a;
  a = (a + k1) | 0;
  b = (b + k2 + 1) | 0;

  a = (a + b) | 0;
  b = ((b << 17) | (b >>> 15)) ^ a;
  a = (a + b) | 0;
  b = ((b << 29) | (b >>> 3)) ^ a;
  a = (a + b) | 0;
  b = ((b << 16) | (b >>> 16)) ^ a;
  a = (a + b) | 0;
  b = ((b << 24) | (b >>> 8)) ^ a;
  a = (a + k2) | 0;
  b = (b + k0 + 2) | 0;

  a = (a + b) | 0;
  b = ((b << 13) | (b >>> 19)) ^ a;
  a = (a + b) | 0;
  b = ((b << 15) | (b >>> 17)) ^ a;
  a = (a + b) | 0;
  b = ((b << 26) | (b >>> 6)) ^ a;
  a = (a + b) | 0;
  b = ((b << 6) | (b >>> 26)) ^ a;
  a = (a + k0) | 0;
  b = (b + k1 + 3) | 0;

  a = (a + b) | 0;
  b = ((b << 17) | (b >>> 15)) ^ a;
  a = (a + b) | 0;
  b = ((b << 29) | (b >>> 3)) ^ a;
  a = (a + b) | 0;
  b = ((b << 16) | (b >>> 16)) ^ a;
  a = (a + b) | 0;
  b = ((b << 24) | (b >>> 8)) ^ a;
  a = (a + k1) | 0;
  b = (b + k2 + 4) | 0;

  a = (a + b) | 0;
  b = ((b << 13) | (b >>> 19)) ^ a;
  a = (a + b) | 0;
  b = ((b << 15) | (b >>> 17)) ^ a;
  a = (a + b) | 0;
  b = ((b << 26) | (b >>> 6)) ^ a;
  a = (a + b) | 0;
  b = ((b << 6) | (b >>> 26)) ^ a;
  out[0] = a + k2;
  out[1] = b + k0 + 5;
}

/** The kernel's contract on the host: encrypts the counters `(high[i], low[i])`; equal lengths. */
export function threefry2x32(key: readonly [number, number], high: Int32Array, low: Int32Array): { first: Int32Array; second: Int32Array } {
  const first = new Int32Array(low.length);
  const second = new Int32Array(low.length);
  const block = new Int32Array(2);
  for (let i = 0; i < low.length; i++) {
    threefryBlock(key[0], key[1], high[i]!, low[i]!, block);
    first[i] = block[0]!;
    second[i] = block[1]!;
  }
  return { first, second };
}
