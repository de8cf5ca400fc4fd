import { childKey, keyFromSeed, normal } from '@basinlab/core/random';
import type { Key } from '@basinlab/core/random';
import { demand } from '@basinlab/core';
import { orthonormalColumns } from '@basinlab/core/linear-algebra';

/** Random orthonormal columns [ambient, intrinsic], float64: the Q of a matrix of N(0, 1) numbers. */
export function randomBasis(key: Key, ambient: number, intrinsic: number): Float64Array {
  demand(ambient >= intrinsic, 'subspace', `at least ${intrinsic} ambient dimensions`, ambient);
  return orthonormalColumns(normal(key, ambient * intrinsic), ambient, intrinsic);
}

/** The basis that a seed stands for. */
export const seededBasis = (seed: number, ambient: number, intrinsic: number): Float64Array =>
  randomBasis(childKey(keyFromSeed(seed), 'basis'), ambient, intrinsic);

/** Latent samples [samples, intrinsic] in the ambient space: latent * basis^T, float32 [samples, ambient]; `basis` is [ambient, intrinsic]. */
export function embed(latent: ArrayLike<number>, basis: ArrayLike<number>, intrinsic: number): Float32Array {
  const [samples, ambient] = [latent.length / intrinsic, basis.length / intrinsic];
  demand(Number.isInteger(samples) && Number.isInteger(ambient), 'embed', `rows of ${intrinsic}`, [latent.length, basis.length]);
  const columns = Array.from({ length: intrinsic }, (_, j) => Float64Array.from({ length: ambient }, (_, a) => basis[a * intrinsic + j]!));
  const out = new Float32Array(samples * ambient);
  const sum = new Float64Array(ambient);
  for (let i = 0; i < samples; i++) {
    sum.fill(0);
    for (let j = 0; j < intrinsic; j++) {
      const value = latent[i * intrinsic + j]!;
      const column = columns[j]!;
      for (let a = 0; a < ambient; a++) sum[a]! += value * column[a]!;
    }
    out.set(sum, i * ambient);
  }
  return out;
}
