import { childKey, foldIn, normal, permutation, uniform, type Key } from '@basinlab/core/random';
import { coherenceTeacher, embed, exactCopyBasis, tightFrameBasis } from '@basinlab/datasets';
import type { EmbeddingFamily, SyntheticCoherenceSettings } from './settings.js';

/** Inputs [samples, 2 copies] and targets [samples] of one outer seed. */
export interface SpreadData {
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
}

/** Coordinates [samples, 2] in the plane that inputs lie in and targets [samples] of one outer seed. */
export interface LatentData {
  readonly latent: Float32Array;
  readonly targets: Float32Array;
}

/** The key of an outer seed's mask, data, frame or models, by what it is for. */
export const roleKey = (seed: Key, role: 'mask' | 'train' | 'test' | 'frame' | 'models', outer: number): Key =>
  foldIn(childKey(seed, role), outer);

/** The embedding of a family at a spread, float32 [2 copies, 2] with orthonormal columns. Frames belong to an outer seed, and are shared by its spreads. */
export function basisOf(
  family: EmbeddingFamily,
  spread: number,
  { copies }: Pick<SyntheticCoherenceSettings, 'copies'>,
  frame: Key,
): Float32Array {
  switch (family) {
    case 'exact-copy':
      return exactCopyBasis(copies, spread);
    case 'random-tight-frame': {
      const angles = Float32Array.from(uniform(childKey(frame, 'angles'), copies), (share) => Math.PI * share);
      return tightFrameBasis({ copies, active: spread, permutation: permutation(childKey(frame, 'places'), 2 * copies), angles });
    }
    default:
      return family satisfies never;
  }
}

/** Samples z ~ N(0, I_2) of an outer seed and their targets relu(z_1 + z_2), whatever the basis. */
export function latentData(samples: number, key: Key): LatentData {
  const latent = normal(key, 2 * samples);
  return { latent, targets: coherenceTeacher(latent) };
}

/** Latent data embedded: the inputs x = B z. */
export function spreadData(basis: Float32Array, samples: number, key: Key): SpreadData {
  const { latent, targets } = latentData(samples, key);
  return { inputs: embed(latent, basis, 2), targets };
}
