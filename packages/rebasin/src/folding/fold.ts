import { axisSegments, demand, type GroupElement, type ParamSpec, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { childKey, foldIn, type Key } from '@basinlab/core/random';
import { groupKinds, groupNests, groupSizes } from '../transform/index.js';
import { contractionOf } from '../weight-matching/contraction.js';
import { hostArrays } from '../weight-matching/match-weights.js';
import { kMeans } from './k-means.js';

/** Which units are folded, and how far. */
export interface FoldOptions {
  readonly specs: readonly ParamSpec[];
  /** Groups whose units are folded. */
  readonly groups: readonly string[];
  /** Share of the units of each that goes, in [0, 1): at least one stays. */
  readonly share: number;
  readonly key: Key;
}

/** What a folded model is made by. */
export interface Folding {
  /** Brings every unit to the mean of its cluster: the model has the function of the folded one, at its own size. */
  readonly transform: SymmetryTransform;
  /** Cluster of every unit, by group. */
  readonly clusters: Readonly<Record<string, Int32Array>>;
  /** Parameters that are left, over those that there were. */
  readonly left: number;
}

/**
 * Model folding without data: units whose weights are alike, in and out, are put together by k-means in each group, and each cluster becomes one unit: the mean of what
 * goes in, the sum of what goes out. Equal to all units of a cluster being their mean, which is what the transform does (a norm over units counts each of them). Units in nests are folded
 * nest by nest, the same share of each.
 * Wang et al. 2025, arXiv 2502.10216.
 * @throws BasinlabError for a share outside [0, 1), or a group that is not there or may not be permuted only
 */
export async function foldUnits(params: Tensors, { specs, groups, share, key }: FoldOptions): Promise<Folding> {
  demand(share >= 0 && share < 1, 'folding', 'a share in [0, 1)', share);
  const [sizes, kinds, nests] = [groupSizes(specs), groupKinds(specs), groupNests(specs)];
  const host = await hostArrays(specs, params);
  const transform: Record<string, GroupElement> = {};
  const clusters: Record<string, Int32Array> = {};
  const counts = new Map<string, number>();
  for (const group of groups) {
    const size = sizes.get(group);
    demand(
      size !== undefined && kinds.get(group)!.endsWith('permutation'),
      'folding',
      `groups of units: ${[...sizes.keys()].join(', ')}`,
      group,
    );
    const nest = nests.get(group) ?? size!;
    const count = Math.max(1, Math.round((1 - share) * nest));
    const { constant, moving, gains, planes } = contractionOf(group, size!, specs, host, host);
    const parts = [constant, moving, ...(gains === undefined ? [] : [gains]), ...(planes === undefined ? [] : [planes.sides])];
    const width = parts.reduce((sum, part) => sum + part.width, 0);
    const rows = new Float32Array(size! * width);
    for (let unit = 0; unit < size!; unit++) {
      let at = unit * width;
      for (const part of parts) {
        rows.set(part.a.subarray(unit * part.width, (unit + 1) * part.width), at);
        at += part.width;
      }
    }
    const [of, own] = [new Int32Array(size!), childKey(key, group)];
    for (let at = 0; at < size!; at += nest) {
      const found = await kMeans(rows.subarray(at * width, (at + nest) * width), width, count, at === 0 ? own : foldIn(own, at));
      of.set(
        found.of.map((cluster) => (at / nest) * count + cluster),
        at,
      );
    }
    clusters[group] = of;
    counts.set(group, (size! / nest) * count);
    transform[group] = meanElement(of);
  }
  const total = (sizeOf: (group: string, size: number) => number): number =>
    specs.reduce((sum, { name, shape, axes }) => {
      const lengths = shape.map((length, axis) =>
        axisSegments(name, axes[axis] ?? null, length).reduce(
          (entries, factors) =>
            entries +
            factors.reduce((product, { group, size, as }) => product * (group === null || as === 'nests' ? size : sizeOf(group, size)), 1),
          0,
        ),
      );
      return sum + lengths.reduce((product, length) => product * length, 1);
    }, 0);
  const left = total((group, size) => counts.get(group) ?? size) / total((_, size) => size);
  return { transform, clusters, left };
}

/** Every unit becomes the mean of its cluster. */
function meanElement(of: Int32Array): GroupElement {
  const size = of.length;
  const counts = new Map<number, number>();
  for (const cluster of of) counts.set(cluster, (counts.get(cluster) ?? 0) + 1);
  const matrix = new Float64Array(size * size);
  of.forEach((cluster, row) =>
    of.forEach((other, column) => other === cluster && (matrix[row * size + column] = 1 / counts.get(cluster)!)),
  );
  return { kind: 'stochastic', size, matrix };
}
