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

/**
 * Permutes the units of network B so that they do on the same inputs what the units of A do: per symmetry group the assignment of greatest
 * total similarity between activations recorded at one site. A column belongs to the group its field names, else to the group called like
 * its layer; all columns of a group count, each row and position once. Groups without a column stay. Goes through the batches once. Li et al. 2015, "Convergent learning".
 * @throws BasinlabError where the batches of the two do not pair up, or no column of that site belongs to a group
 */
export async function matchActivations(
  a: Iterable<ActivationBatch>,
  b: Iterable<ActivationBatch>,
  { specs, site = 'post-activation', similarity = 'pearson-zero-for-constant', signal }: ActivationMatchingOptions,
): Promise<ActivationMatching> {
  const sizes = groupSizes(specs);
  const moments = await groupMoments(a, b, site, sizes, signal);
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
}

async function groupMoments(
  a: Iterable<ActivationBatch>,
  b: Iterable<ActivationBatch>,
  site: Site,
  sizes: ReadonlyMap<string, number>,
  signal: AbortSignal | undefined,
): Promise<Map<string, PairMoments>> {
  const moments = new Map<string, PairMoments>();
  const others = new Set<string>();
  for (const [index, batch, other] of inPairs(a, b)) {
    for (const { field, tensor } of batch.columns) {
      signal?.throwIfAborted();
      const group = field.group ?? field.layer;
      const units = sizes.get(group);
      if (field.site !== site || units === undefined) {
        others.add(`${field.layer} ${field.site}`);
        continue;
      }
      const partner = other.columns.find((column) => column.field.layer === field.layer && column.field.site === site);
      if (partner === undefined)
        throw new BasinlabError('activation-matching', `a column ${field.layer} ${site} of B in batch ${index}`, 'none');
      const [ofA, ofB] = [unitsLast(tensor, units), unitsLast(partner.tensor, units)];
      demand(ofA !== null && ofB !== null, 'activation-matching', `${units} units of ${group} in ${field.layer} ${site}`, tensor.shape);
      const more = await pairMoments(ofA, ofB);
      tf.dispose([ofA, ofB]);
      const before = moments.get(group);
      moments.set(group, before === undefined ? more : mergePairMoments(before, more));
    }
  }
  demand(
    moments.size > 0,
    'activation-matching',
    `columns of the site ${site} that belong to a symmetry group`,
    [...others].join(', ') || 'none',
  );
  return moments;
}

/** Batches of both side by side, each asked for when the one before has been used. */
function* inPairs(a: Iterable<ActivationBatch>, b: Iterable<ActivationBatch>): Generator<[number, ActivationBatch, ActivationBatch]> {
  const others = b[Symbol.iterator]();
  let index = 0;
  try {
    for (const batch of a) {
      const other = others.next();
      demand(other.done !== true, 'activation-matching', 'as many batches of B as of A', [index + 1, index]);
      yield [index++, batch, other.value];
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
