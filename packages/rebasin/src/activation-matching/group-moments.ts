import * as tf from '@tensorflow/tfjs-core';
import { BasinlabError, demand, type ActivationBatch, type Site } from '@basinlab/core';
import { createPairAccumulator, mergePairMoments, type PairMoments } from '@basinlab/core/statistics';

/** Moments of the paired units of every group, by site. */
export type GroupMoments = ReadonlyMap<Site, ReadonlyMap<string, PairMoments>>;

/** A layer at a site: what one pair of columns holds. */
export interface Place {
  readonly layer: string;
  readonly site: Site;
  readonly group: string;
}

/** Puts moments by place together: the columns of a group add up. */
export function byGroup(
  moments: ReadonlyMap<string, PairMoments>,
  places: ReadonlyMap<string, Place>,
  sites: readonly Site[],
): GroupMoments {
  const result = new Map(sites.map((site) => [site, new Map<string, PairMoments>()]));
  for (const [name, { site, group }] of places) {
    const [of, more] = [result.get(site)!, moments.get(name)!];
    const before = of.get(group);
    of.set(group, before === undefined ? more : mergePairMoments(before, more));
  }
  return result;
}

/** [..., units], where each unit may own a block of the last axis (a head, a flattened map): every entry of a block is a sample of its own. */
export function unitsLast(x: tf.Tensor, units: number, { layer, site, group }: Place): tf.Tensor {
  const block = x.shape.at(-1)! / units;
  demand(Number.isInteger(block), 'activation-matching', `${units} units of ${group} in ${layer} ${site}`, x.shape);
  return block === 1 ? tf.clone(x) : tf.tidy(() => tf.transpose(tf.reshape(x, [-1, units, block]), [0, 2, 1]));
}

/** Moments of groups from batches that come one after another, of which one is needed at a time. */
export interface GroupMomentsAccumulator {
  /** One batch of each network on the same rows; resolves when both have been read. */
  add(a: ActivationBatch, b: ActivationBatch): Promise<void>;
  /** @throws BasinlabError where no column of a site belonged to a group */
  finish(): Promise<GroupMoments>;
  dispose(): void;
}

/** Starts the moments of the groups at the given sites; see {@link createPairAccumulator}. */
export function createGroupMoments({
  sites,
  sizes,
  signal,
}: {
  sites: readonly Site[];
  sizes: ReadonlyMap<string, number>;
  signal?: AbortSignal | undefined;
}): GroupMomentsAccumulator {
  const places = new Map<string, Place>();
  const others = new Set<string>();
  const accumulator = createPairAccumulator();
  return {
    async add(a, b) {
      signal?.throwIfAborted();
      demand(a.rows === b.rows, 'activation-matching', `${a.rows} rows of B`, b.rows);
      const pairs: Record<string, { a: tf.Tensor; b: tf.Tensor }> = {};
      try {
        for (const { field, tensor } of a.columns) {
          const { layer, site } = field;
          const name = `${layer} ${site}`;
          // The inputs of a layer are units of another one, which only their field can name.
          const group = field.group ?? (site === 'input' ? undefined : layer);
          const units = group === undefined ? undefined : sizes.get(group);
          if (!sites.includes(site) || group === undefined || units === undefined) {
            others.add(name);
            continue;
          }
          const partner = b.columns.find((column) => column.field.layer === layer && column.field.site === site);
          if (partner === undefined) throw new BasinlabError('activation-matching', `a column ${name} of B`, 'none');
          const place = { layer, site, group };
          places.set(name, place);
          const left = unitsLast(tensor, units, place);
          pairs[name] = { a: left, b: left };
          pairs[name].b = unitsLast(partner.tensor, units, place);
        }
        await accumulator.add(pairs);
      } finally {
        tf.dispose(pairs);
      }
    },
    async finish() {
      for (const site of sites) {
        const known = [...places.values()].some((place) => place.site === site);
        demand(
          known,
          'activation-matching',
          `columns of the site ${site} that belong to a symmetry group`,
          [...others].join(', ') || 'none',
        );
      }
      return byGroup(await accumulator.finish(), places, sites);
    },
    dispose: () => accumulator.dispose(),
  };
}

/** Batches of both side by side, each asked for when the one before has been used. */
export function* inPairs(a: Iterable<ActivationBatch>, b: Iterable<ActivationBatch>): Generator<[ActivationBatch, ActivationBatch]> {
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
