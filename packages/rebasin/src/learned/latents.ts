import * as tf from '@tensorflow/tfjs-core';
import { type AxisSpec, type Tensors } from '@basinlab/core';
import { childKey, normal, uniform, type Key } from '@basinlab/core/random';
import { groupKinds, groupSizes } from '../transform/index.js';

/**
 * What makes a group element of a square matrix: `polar` the nearest orthogonal matrix, `assignment` the permutation of greatest sum, `sinkhorn` a doubly
 * stochastic matrix, which becomes a permutation in the end.
 */
export type Projection = 'polar' | 'assignment' | 'sinkhorn';

/** A square matrix that is learned, and what it becomes. */
export interface Latent {
  /** The group's name for the second model; `<group> of <model>` for others. */
  readonly name: string;
  readonly group: string;
  /** Position of the model that it moves: 0 for the first, onto which the others are brought. */
  readonly model: number;
  readonly size: number;
  readonly projection: Projection;
}

/** Which latents there are. */
export interface LatentOptions {
  /** Whether groups that may rotate are permuted too. Default false. */
  readonly permutationsOnly?: boolean | undefined;
  /** Whether permutations are doubly stochastic matrices until the end. Default false. */
  readonly soft?: boolean | undefined;
  /** Whether doubly stochastic matrices become permutations in the end. Default true. */
  readonly assign?: boolean | undefined;
  /** Whether the first model is moved as well. Default false. */
  readonly dual?: boolean | undefined;
  /** Default 2. */
  readonly models?: number | undefined;
}

/**
 * A latent per group and model that is moved, groups in the order in which axes name them. Units in nests have none: the nearest element to a square matrix has no duals that tell when it is another,
 * so that these stay where the start has brought them.
 */
export function latentsOf(
  specs: readonly AxisSpec[],
  { permutationsOnly = false, soft = false, dual = false, models = 2 }: LatentOptions,
): Latent[] {
  const moved = [...Array.from({ length: models - 1 }, (_, other) => other + 1), ...(dual ? [0] : [])];
  const kinds = groupKinds(specs);
  return [...groupSizes(specs)].flatMap(([group, size]) => {
    if (kinds.get(group) === 'nested-permutation') return [];
    const isRotated = kinds.get(group) === 'orthogonal' && !permutationsOnly;
    const projection: Projection = isRotated ? 'polar' : soft ? 'sinkhorn' : 'assignment';
    return moved.map((model): Latent => ({ group, size, projection, model, name: model === 1 ? group : `${group} of ${model + 1}` }));
  });
}

/** Where latents start. */
export interface LatentStart {
  readonly key: Key;
  /**
   * Of matrices: standard deviation of what is added to the identity. Of doubly stochastic ones: epsilon of {@link softStart}, at least 1e-3, since nothing
   * else than the identity would have any mass.
   */
  readonly noise: number;
}

/** Latents that move nothing, or hardly anything. */
export function startLatents(latents: readonly Latent[], { key, noise }: LatentStart): Tensors {
  return Object.fromEntries(
    latents.map(({ name, size, projection }) => {
      const own = childKey(key, name);
      if (projection === 'sinkhorn') {
        const identity = Int32Array.from({ length: size }, (_, i) => i);
        return [name, tf.tensor2d(softStart(identity, uniform(own, size * size), Math.max(noise, 1e-3)), [size, size])];
      }
      const values = noise === 0 ? new Float32Array(size * size) : normal(own, size * size, { deviation: noise });
      for (let i = 0; i < size; i++) values[i * size + i]! += 1;
      return [name, tf.tensor2d(values, [size, size])];
    }),
  );
}

/** Half the range of what {@link softStart} adds: epsilon sqrt(3) times the deviation of Glorot and Bengio for a square matrix. */
export const softRange = (size: number, epsilon: number): number => epsilon * Math.sqrt(3) * Math.sqrt(2 / (2 * size));

/**
 * Scores near a permutation from which `sinkhorn` gives all others some mass: log(P + U), U uniform on [0, 2 a], here from `u` [size, size] uniform on
 * [0, 1). Theus et al. 2025, arXiv 2506.22712, appendix D.
 */
export function softStart(indices: Int32Array, u: ArrayLike<number>, epsilon: number): Float32Array {
  const size = indices.length;
  const a = softRange(size, epsilon);
  return Float32Array.from({ length: size * size }, (_, at) => {
    const isChosen = indices[Math.floor(at / size)] === at % size;
    return Math.log(Math.max((isChosen ? 1 : 0) + 2 * a * u[at]!, Number.MIN_VALUE));
  });
}
