import type { ActivationBatch, GroupElement, GroupKind, Site, SymmetryTransform } from '@basinlab/core';
import { polarFactor } from '@basinlab/core/linear-algebra';
import type { PairMoments } from '@basinlab/core/statistics';
import { solveNestedAssignment } from '../lap/index.js';
import { groupKinds, groupNests, groupSizes, type AxisSpec } from '../transform/axis-spec.js';
import { createGroupMoments, inPairs } from './group-moments.js';
import { similarityMatrix, type Similarity } from './similarity.js';

/** Axes of the parameters, sites and similarity. */
export interface MatchingAtSitesOptions {
  readonly specs: readonly AxisSpec[];
  /** Where activations are compared, each site for itself. */
  readonly sites: readonly Site[];
  /** Of units that are permuted. Default `pearson-zero-for-constant`. */
  readonly similarity?: Similarity;
  /** Whether groups that may rotate, or change signs, are permuted only. Default false. */
  readonly permutationsOnly?: boolean;
  readonly signal?: AbortSignal;
}

/** The site whose activations are compared. */
export interface ActivationMatchingOptions extends Omit<MatchingAtSitesOptions, 'sites'> {
  /** Where activations are compared. Default `post-activation`. */
  readonly site?: Site;
}

/** An alignment and how similar the matched units are. */
export interface ActivationMatching {
  readonly transform: SymmetryTransform;
  /** Similarity matrix and mean similarity of the matched units, by group. */
  readonly groups: ReadonlyMap<string, { readonly similarity: Float64Array; readonly objective: number }>;
}

/** Takes in the activations of both, batch by batch, and matches them at the end. */
export interface ActivationMatcher {
  /** One batch of each on the same rows; resolves when both have been read. */
  add(a: ActivationBatch, b: ActivationBatch): Promise<void>;
  /** @throws BasinlabError where no column of the site belonged to a group */
  match(): Promise<ActivationMatching>;
  /** Releases sums and the compiled program. */
  dispose(): void;
}

/** {@link matchActivations} for batches that come one after another, as from a stream. */
export function createActivationMatcher({
  specs,
  site = 'post-activation',
  similarity,
  permutationsOnly,
  signal,
}: ActivationMatchingOptions): ActivationMatcher {
  const sizes = groupSizes(specs);
  const how = { similarity, ...freeGroups(specs, permutationsOnly) };
  const moments = createGroupMoments({ sites: [site], sizes, signal });
  return {
    add: (a, b) => moments.add(a, b),
    match: async () => matchMoments((await moments.finish()).get(site)!, sizes, how),
    dispose: () => moments.dispose(),
  };
}

/**
 * Permutes the units of network B so that they do on the same inputs what the units of A do: per symmetry group the assignment of greatest
 * total similarity between activations recorded at one site. A column belongs to the group its field names, else to the group called like
 * its layer; all columns of a group count, each row and position once. Groups without a column stay. Goes through the batches once and needs one
 * of them at a time. Groups that may rotate get the rotation that brings activations closest, from their mean products; units
 * that may change their sign are assigned by the size of their similarity; units in nests, nest by nest. Li et al. 2015, "Convergent learning".
 * @throws BasinlabError where the batches of the two do not pair up, or no column of that site belongs to a group
 */
export async function matchActivations(
  a: Iterable<ActivationBatch>,
  b: Iterable<ActivationBatch>,
  { site = 'post-activation', ...options }: ActivationMatchingOptions,
): Promise<ActivationMatching> {
  return (await matchActivationsAtSites(a, b, { ...options, sites: [site] })).get(site)!;
}

/** {@link matchActivations} at several sites, in one pass through the batches. */
export async function matchActivationsAtSites(
  a: Iterable<ActivationBatch>,
  b: Iterable<ActivationBatch>,
  { specs, sites, similarity, permutationsOnly, signal }: MatchingAtSitesOptions,
): Promise<ReadonlyMap<Site, ActivationMatching>> {
  const sizes = groupSizes(specs);
  const how = { similarity, ...freeGroups(specs, permutationsOnly) };
  const moments = createGroupMoments({ sites, sizes, signal });
  try {
    for (const [left, right] of inPairs(a, b)) await moments.add(left, right);
    return new Map([...(await moments.finish())].map(([at, groups]) => [at, matchMoments(groups, sizes, how)]));
  } finally {
    moments.dispose();
  }
}

/** Groups that may do more than permute, unless they are to do no more, and those whose units lie in nests. */
export interface FreeGroups {
  readonly rotated: ReadonlySet<string>;
  readonly signed: ReadonlySet<string>;
  /** Units of each nest. */
  readonly nests: ReadonlyMap<string, number>;
}

/** Groups of kinds `orthogonal` and `signed-permutation`, unless they are only permuted, and of kind `nested-permutation`. Of kind `rotated-permutation` units are exchanged: what they put out does not tell angles. */
export function freeGroups(specs: readonly AxisSpec[], permutationsOnly = false): FreeGroups {
  const of = (wanted: GroupKind) =>
    new Set(permutationsOnly ? [] : [...groupKinds(specs)].flatMap(([group, kind]) => (kind === wanted ? [group] : [])));
  return { rotated: of('orthogonal'), signed: of('signed-permutation'), nests: groupNests(specs) };
}

/** The assignments and rotations that moments of groups give; groups without moments stay. */
export function matchMoments(
  moments: ReadonlyMap<string, PairMoments>,
  sizes: ReadonlyMap<string, number>,
  { similarity = 'pearson-zero-for-constant', rotated, signed, nests }: FreeGroups & { readonly similarity?: Similarity | undefined },
): ActivationMatching {
  const transform: Record<string, GroupElement> = {};
  const groups = new Map<string, { similarity: Float64Array; objective: number }>();
  for (const [group, units] of sizes) {
    const found = moments.get(group);
    if (found === undefined) continue;
    if (rotated.has(group)) {
      const products = similarityMatrix(found, 'dot');
      const { factor, singularValues } = polarFactor(products, units);
      transform[group] = { kind: 'orthogonal', size: units, matrix: factor };
      groups.set(group, { similarity: products, objective: singularValues.reduce((sum, value) => sum + value, 0) / units });
      continue;
    }
    const matrix = similarityMatrix(found, similarity);
    // Those that ask for the least correlation know no signs.
    const hasSigns = signed.has(group) && !similarity.startsWith('uncorrelatedness');
    const scores = hasSigns ? matrix.map(Math.abs) : matrix;
    const { columnOf, total } = solveNestedAssignment(scores, { units, nest: nests.get(group), maximise: true });
    const scales = Float64Array.from(columnOf, (column, row) => (matrix[row * units + column]! < 0 ? -1 : 1));
    transform[group] = hasSigns ? { kind: 'monomial', indices: columnOf, scales } : { kind: 'permutation', indices: columnOf };
    groups.set(group, { similarity: matrix, objective: total / units });
  }
  return { transform, groups };
}
