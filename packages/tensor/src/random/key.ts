import { demand } from '../errors.js';
import { threefryBlock } from './threefry.js';

/** A counter-based random key: the two 32-bit words of Threefry 2x32, as `jax.random.key_data` shows them. */
export type Key = readonly [number, number];

/**
 * The key of an integer seed: its 64-bit two's complement, high word first. Equal to `jax.random.key(seed)` for 0 <= seed < 2^32, and with
 * `jax_enable_x64` for every seed (without it JAX drops the high word, so that 5 and 2^32 + 5 would be one key; here they are two).
 * Numbers up to 2^53 - 1 in magnitude, bigints of 64 bits; anything else is refused.
 */
export function keyFromSeed(seed: number | bigint): Key {
  if (typeof seed === 'number') {
    demand(
      Number.isSafeInteger(seed),
      'keyFromSeed',
      'the seed must be an integer below 2^53 in magnitude',
      seed,
      'Give larger seeds as bigint.',
    );
  } else {
    demand(seed >= -(2n ** 63n) && seed < 2n ** 64n, 'keyFromSeed', 'the seed must fit 64 bits', `${seed}n`);
  }
  const words = BigInt.asUintN(64, BigInt(seed));
  return [Number(words >> 32n), Number(words & 0xffffffffn)];
}

/** `count` new keys, as `jax.random.split(key, count)`. Do not also draw from `key`. */
export function split(key: Key, count = 2): Key[] {
  demand(Number.isInteger(count) && count >= 0, 'split', 'the number of keys must be a whole number', count);
  return Array.from({ length: count }, (_, i) => encrypt(key, 0, i));
}

/** The key for one of many numbered uses, as `jax.random.fold_in(key, data)`: data in [-2^31, 2^32). */
export function foldIn(key: Key, data: number): Key {
  demand(Number.isInteger(data) && data >= -(2 ** 31) && data < 2 ** 32, 'foldIn', 'the number must be an integer of 32 bits', data);
  return encrypt(key, 0, data);
}

/**
 * The key that belongs to a name (a parameter, a role), whatever else is drawn and in which order: `foldIn(key, h)` with h the
 * 32-bit FNV-1a hash of the name's UTF-8 bytes.
 */
export function childKey(key: Key, name: string): Key {
  return foldIn(key, fnv1a(name));
}

/** 32-bit FNV-1a (Fowler, Noll, Vo) of the UTF-8 bytes of `text`, in [0, 2^32). */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function encrypt(key: Key, high: number, low: number): Key {
  const block = new Int32Array(2);
  threefryBlock(key[0], key[1], high, low, block);
  return [block[0]! >>> 0, block[1]! >>> 0];
}
