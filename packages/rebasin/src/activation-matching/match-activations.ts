import * as tf from '@tensorflow/tfjs-core';
import { BasinlabError, demand, type ActivationBatch, type Site, type SymmetryTransform } from '@basinlab/core';
import { solveAssignment } from '../lap/index.js';
import { permutations } from '../transform/algebra.js';
import { groupSizes, type AxisSpec } from '../transform/axis-spec.js';
import { mergePairMoments, pairMoments, type PairMoments } from '@basinlab/core/statistics';
import { similarityMatrix, type Similarity } from './similarity.js';

export interface ActivationMatchingOptions {
  readonly specs: readonly AxisSpec[];
  /** Where activations are compared. Default `post-activation`. */
  readonly site?: Site;
  /** Default `pearson-zero-for-constant`. */
  readonly similarity?: Similarity;
  readonly signal?: AbortSignal;
}

export interface ActivationMatching {
  readonly transform: SymmetryTransform;
  /** Similarity matrix and mean similarity of the matched units, by group. */
  readonly groups: ReadonlyMap<string, { readonly similarity: Float64Array; readonly objective: number }>;
}

/** Takes in the activations of both, batch by batch, and matches them at the end. */
export interface ActivationMatcher {
  /** One batch of each on the same rows. */
  add(a: ActivationBatch, b: ActivationBatch): Promise<void>;
  /** @throws BasinlabError where no column of the site belonged to a group */
  match(): ActivationMatching;
}

/**
 * Permutes the units of network B so that they do on the same inputs what the units of A do: per symmetry group the assignment of greatest
 * total similarity between activations recorded at one site. A column belongs to the group its field names, else to the group called like
 * its layer; all columns of a group count, each row and position once. Groups without a column stay. Li et al. 2015, "Convergent learning".
 * @throws BasinlabError where the batches of the two do not pair up, or no column of that site belongs to a group
 */
export function createActivationMatcher({
  specs,
  site = 'post-activation',
  similarity = 'pearson-zero-for-constant',
  signal,
}: ActivationMatchingOptions): ActivationMatcher {
  const sizes = groupSizes(specs);
  const moments = new Map<string, PairMoments>();
  const others = new Set<string>();
  return {
    async add(a, b) {
      demand(a.rows === b.rows, 'activation-matching', `${a.rows} rows of B`, b.rows);
      for (const { field, tensor } of a.columns) {
        signal?.throwIfAborted();
        // The inputs of a layer are units of another one, which only their field can name.
        const group = field.group ?? (site === 'input' ? undefined : field.layer);
        const units = group === undefined ? undefined : sizes.get(group);
        if (field.site !== site || group === undefined || units === undefined) {
          others.add(`${field.layer} ${field.site}`);
          continue;
        }
        const partner = b.columns.find((column) => column.field.layer === field.layer && column.field.site === site);
        if (partner === undefined) throw new BasinlabError('activation-matching', `a column ${field.layer} ${site} of B`, 'none');
        const [ofA, ofB] = [unitsLast(tensor, units), unitsLast(partner.tensor, units)];
        demand(ofA !== null && ofB !== null, 'activation-matching', `${units} units of ${group} in ${field.layer} ${site}`, tensor.shape);
        const more = await pairMoments(ofA, ofB);
        tf.dispose([ofA, ofB]);
        const before = moments.get(group);
        moments.set(group, before === undefined ? more : mergePairMoments(before, more));
      }
    },
    match() {
      const requirement = `columns of the site ${site} that belong to a symmetry group`;
      demand(moments.size > 0, 'activation-matching', requirement, [...others].join(', ') || 'none');
      const transform: [string, Int32Array][] = [];
      const groups = new Map<string, { similarity: Float64Array; objective: number }>();
      for (const [group, units] of sizes) {
        const found = moments.get(group);
        if (found === undefined) continue;
        const matrix = similarityMatrix(found, similarity);
        const { columnOf, total } = solveAssignment(matrix, { rows: units, columns: units, maximise: true });
        transform.push([group, columnOf]);
        groups.set(group, { similarity: matrix, objective: total / units });
      }
      return { transform: permutations(transform), groups };
    },
  };
}

/** Matches activations that were recorded, or are as they are gone through, once. See {@link createActivationMatcher}. */
export async function matchActivations(
  a: Iterable<ActivationBatch>,
  b: Iterable<ActivationBatch>,
  options: ActivationMatchingOptions,
): Promise<ActivationMatching> {
  const matcher = createActivationMatcher(options);
  for (const [left, right] of inPairs(a, b)) await matcher.add(left, right);
  return matcher.match();
}

/** Batches of both side by side, each asked for when the one before has been used. */
function* inPairs(a: Iterable<ActivationBatch>, b: Iterable<ActivationBatch>): Generator<[ActivationBatch, ActivationBatch]> {
  const others = b[Symbol.iterator]();
  let index = 0;
  try {
    for (const batch of a) {
      const other = others.next();
      demand(other.done !== true, 'activation-matching', 'as many batches of B as of A', [index + 1, index]);
      index += 1;
      yield [batch, other.value];
    }
    demand(others.next().done === true, 'activation-matching', 'as many batches of B as of A', [index, index + 1]);
  } finally {
    others.return?.();
  }
}

/** [..., units], where each unit may own a block of the last axis (a head, a flattened map): every entry of a block is a sample of its own. */
function unitsLast(x: tf.Tensor, units: number): tf.Tensor | null {
  const block = x.shape.at(-1)! / units;
  if (!Number.isInteger(block)) return null;
  return block === 1 ? tf.clone(x) : tf.tidy(() => tf.transpose(tf.reshape(x, [-1, units, block]), [0, 2, 1]));
}
