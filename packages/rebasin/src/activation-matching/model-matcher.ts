import * as tf from '@tensorflow/tfjs-core';
import { demand, jit, scan, type Graph, type Network, type Site, type Tensors, type Variables } from '@basinlab/core';
import {
  addPairs,
  BATCHES_PER_READING,
  emptyPairMoments,
  emptyPairSums,
  mergePairMoments,
  readPairSums,
  type PairMoments,
  type PairSums,
} from '@basinlab/core/statistics';
import { rowsPerPass, withGraph } from '@basinlab/core/training';
import { groupSizes, type AxisSpec } from '../transform/axis-spec.js';
import { byGroup, unitsLast, type Place } from './group-moments.js';
import { freeGroups, matchMoments, type ActivationMatching } from './match-activations.js';
import type { Similarity } from './similarity.js';

/** Sites, similarity and batches of a matching. */
export interface ModelMatcherOptions {
  /** Where activations are compared, each site for itself. Default `post-activation`. */
  readonly sites?: readonly Site[];
  /** Default `pearson-zero-for-constant`. */
  readonly similarity?: Similarity;
  /** Rows per batch at most. Default 500. Networks on nodes take all rows at once. */
  readonly batch?: number;
  /** The graph whose nodes the inputs are; needed by networks on nodes. */
  readonly graph?: Graph | undefined;
  /** Whose groups are matched. Default: those of the network's parameters. */
  readonly specs?: readonly AxisSpec[];
}

/** A compiled matching of pairs of models. */
export interface ModelMatcher {
  /** The matching of B's units to A's at every site, from what both do on `inputs` (samples, or int32 nodes). */
  match(a: Variables, b: Variables, inputs: tf.Tensor, signal?: AbortSignal): Promise<ReadonlyMap<Site, ActivationMatching>>;
  /** Releases the compiled programs. */
  dispose(): void;
}

type Sums = Record<string, PairSums>;

/**
 * Compiles what `matchActivationsAtSites` does with recorded batches, for models at hand: forward passes of both and the moments of their activations are
 * one program that keeps nothing of a batch but its sums. In evaluation mode; for any number of pairs of models.
 */
export function createModelMatcher(network: Network, options: ModelMatcherOptions = {}): ModelMatcher {
  const { sites = ['post-activation'], similarity, batch = 500, graph, specs = network.params } = options;
  demand(network.input === 'samples' || graph !== undefined, network.architecture, 'a graph, whose nodes the inputs are', 'none');
  const sizes = groupSizes(specs);
  const places = new Map<string, Place>();
  const others = new Set<string>();
  const taken = (model: Variables, x: tf.Tensor, around: { graph?: Graph }): Tensors => {
    const found: Tensors = {};
    network.apply(model, x, {
      ...around,
      tap({ layer, site, group }, value) {
        const name = `${layer} ${site}`;
        const units = group === null ? undefined : sizes.get(group);
        if (group === null || units === undefined || !sites.includes(site)) {
          others.add(name);
          return;
        }
        const place = { layer, site, group };
        places.set(name, place);
        found[name] = unitsLast(value, units, place);
      },
    });
    return found;
  };
  const program = jit(
    (a: Variables, b: Variables, batches: tf.Tensor, around: { graph?: Graph }): Sums => {
      const step = (sums: Sums, x: tf.Tensor): Sums => {
        const [left, right] = [taken(a, x, around), taken(b, x, around)];
        return Object.fromEntries(Object.entries(left).map(([name, value]) => [name, addPairs(sums[name]!, value, right[name]!)]));
      };
      // Which places there are is only known once the network has run: one row tells; a compiler leaves it out again.
      const first = tf.squeeze(tf.slice(batches, 0, 1), [0]);
      const probe = taken(a, network.input === 'nodes' ? first : tf.slice(first, 0, 1), around);
      const none = Object.fromEntries(
        Object.entries(probe).map(([name, value]) => [name, emptyPairSums(value.shape.at(-1)!, value.shape.at(-1)!)]),
      );
      return scan((sums: Sums, x: tf.Tensor) => [step(sums, x), []] as [Sums, []], none, batches)[0];
    },
    { name: 'activation-matching' },
  );
  return {
    async match(a, b, inputs, signal) {
      const moments = new Map<string, PairMoments>();
      for (const batches of pieces(inputs, rowsPerPass(network, inputs.shape[0]!, batch))) {
        try {
          signal?.throwIfAborted();
          const sums = program(a, b, batches, withGraph(graph));
          const read = await Promise.all(Object.entries(sums).map(async ([name, each]) => [name, await readPairSums(each)] as const));
          tf.dispose(sums);
          for (const [name, more] of read)
            moments.set(name, mergePairMoments(moments.get(name) ?? emptyPairMoments(more.unitsA, more.unitsB), more));
        } finally {
          batches.dispose();
        }
      }
      for (const site of sites) {
        const known = [...places.values()].some((place) => place.site === site);
        demand(known, 'activation-matching', `a site ${site} with a symmetry group`, [...others].join(', ') || 'none');
      }
      const groups = byGroup(moments, places, sites);
      return new Map([...groups].map(([site, each]) => [site, matchMoments(each, sizes, { similarity, ...freeGroups(specs) })]));
    },
    dispose: () => program.dispose(),
  };
}

/** `inputs` as [batches, rows, ...], a limited number of batches at a time, and the smaller last batch for itself. */
function* pieces(inputs: tf.Tensor, rows: number): Generator<tf.Tensor> {
  const [samples = 0, ...shape] = inputs.shape;
  demand(samples > 0, 'activation-matching', 'at least one input', samples);
  const cut = (from: number, batches: number, each: number): tf.Tensor =>
    tf.tidy(() => tf.reshape(tf.slice(inputs, from, batches * each), [batches, each, ...shape]));
  const full = Math.floor(samples / rows);
  for (let at = 0; at < full; at += BATCHES_PER_READING) yield cut(at * rows, Math.min(BATCHES_PER_READING, full - at), rows);
  if (samples > full * rows) yield cut(full * rows, 1, samples - full * rows);
}
