import * as tf from '@tensorflow/tfjs-core';
import { demand, type AxisSpec, type GroupKind, type Tensors } from '@basinlab/core';
import { childKey, normal, uniform, type Key } from '@basinlab/core/random';
import { groupKinds, groupNests, groupPlanes, groupSizes } from '../transform/index.js';

/**
 * What makes a group element of a matrix: `polar` the nearest orthogonal matrix, `assignment` the permutation of greatest sum, `nested` that among those that keep nests together, `signed` the
 * permutation of greatest sum of sizes, with the signs of what it chose, `scaled` an assignment with factors, whose logarithms are one more column, `rotated` one with an angle for each plane of each unit, which are as many more columns, `map` the matrix itself, which must be
 * invertible, `sinkhorn` a doubly stochastic matrix, which becomes a permutation in the end.
 */
export type Projection = 'polar' | 'assignment' | 'nested' | 'signed' | 'scaled' | 'rotated' | 'map' | 'sinkhorn';

/** Projection of what a group of each kind may do. */
const projections: Readonly<Record<GroupKind, Projection>> = {
  permutation: 'assignment',
  'signed-permutation': 'signed',
  'scaled-permutation': 'scaled',
  'rotated-permutation': 'rotated',
  'nested-permutation': 'nested',
  orthogonal: 'polar',
  invertible: 'map',
};

/** Whether a projection solves one assignment, whose duals tell whether it is still the best. */
export const hasDuals = (projection: Projection): boolean => ['assignment', 'signed', 'scaled', 'rotated'].includes(projection);

/** A matrix that is learned, [size, size], for `scaled` [size, size + 1], for `rotated` [size, size + planes], and what it becomes. */
export interface Latent {
  /** The group's name for the second model; `<group> of <model>` for others. */
  readonly name: string;
  readonly group: string;
  /** Position of the model that it moves: 0 for the first, onto which the others are brought. */
  readonly model: number;
  readonly size: number;
  readonly projection: Projection;
  /** Units of each nest, for `nested`. */
  readonly nest?: number;
  /** Planes in which the coordinates of each unit lie, for `rotated`. */
  readonly planes?: number;
}

/** Columns of a latent. */
export const columnsOf = ({ projection, size, planes = 0 }: Latent): number =>
  projection === 'scaled' ? size + 1 : projection === 'rotated' ? size + planes : size;

/** Which latents there are. */
export interface LatentOptions {
  /** Whether all groups are permuted only, without signs, factors, angles, rotations and maps. Default false. */
  readonly permutationsOnly?: boolean | undefined;
  /** Whether permutations are doubly stochastic matrices until the end, without signs, factors and angles. Default false. */
  readonly soft?: boolean | undefined;
  /** Whether doubly stochastic matrices become permutations in the end. Default true. */
  readonly assign?: boolean | undefined;
  /** Whether the first model is moved as well. Default false. */
  readonly dual?: boolean | undefined;
  /** Default 2. */
  readonly models?: number | undefined;
}

/**
 * A latent per group and model that is moved, groups in the order in which axes name them. Of units in nests an assignment is solved in every step: nothing tells when it is another.
 * @throws BasinlabError for soft permutations of units in nests, which they would not keep together
 */
export function latentsOf(
  specs: readonly AxisSpec[],
  { permutationsOnly = false, soft = false, dual = false, models = 2 }: LatentOptions,
): Latent[] {
  const moved = [...Array.from({ length: models - 1 }, (_, other) => other + 1), ...(dual ? [0] : [])];
  const [kinds, nests, turned] = [groupKinds(specs), groupNests(specs), groupPlanes(specs)];
  return [...groupSizes(specs)].flatMap(([group, size]) => {
    const [kind, nest, planes] = [kinds.get(group)!, nests.get(group), turned.get(group)];
    const remedy = 'Leave `soft` out: experts are then assigned exactly.';
    demand(
      !soft || nest === undefined,
      'learned-matching',
      'groups without nests, for soft permutations',
      `${group} of kind ${kind}`,
      remedy,
    );
    const isMatrix = kind === 'orthogonal' || kind === 'invertible';
    const isExchanged = (permutationsOnly && nest === undefined) || (kind === 'rotated-permutation' && planes === undefined);
    const hard: Projection = isExchanged ? 'assignment' : projections[kind];
    const projection: Projection = soft && !(isMatrix && !permutationsOnly) ? 'sinkhorn' : hard;
    const shared = { group, size, projection, ...(nest !== undefined && { nest }), ...(planes !== undefined && { planes }) };
    return moved.map((model): Latent => ({ ...shared, model, name: model === 1 ? group : `${group} of ${model + 1}` }));
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
    latents.map((latent) => {
      const { name, size, projection } = latent;
      const own = childKey(key, name);
      if (projection === 'sinkhorn') {
        const identity = Int32Array.from({ length: size }, (_, i) => i);
        return [name, tf.tensor2d(softStart(identity, uniform(own, size * size), Math.max(noise, 1e-3)), [size, size])];
      }
      const columns = columnsOf(latent);
      const values = noise === 0 ? new Float32Array(size * columns) : normal(own, size * columns, { deviation: noise });
      for (let i = 0; i < size; i++) values[i * columns + i]! += 1;
      return [name, tf.tensor2d(values, [size, columns])];
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
