import * as tf from '@tensorflow/tfjs-core';
import { BasinlabError, demand, groupPlaces, type ParamSpec, type StateSpec, type Tensors, type WidenOnto } from '@basinlab/core';
import { unitsFirst } from '../transform/units-first.js';
import { matchSemiPermutation, type UnitProducts } from './match.js';
import { applySemiPermutation, type SemiPermutation } from './semi-permutation.js';

/** Sweeps over all groups, at most. */
const SWEEPS = 20;
/** Largest change of a share that is none. */
const STILL = 1e-6;

type Spec = ParamSpec | StateSpec;
type Semis = ReadonlyMap<string, SemiPermutation>;

/**
 * Brings model B, which has fewer units than A, to the sizes of A with the same function: the units of every group are split by semi-permutations so that they come close to A's. What makes a unit is
 * copied, what reads it is shared, which is exact for any activation. Coordinate descent as in weight matching: each group is matched while the others rest, in the first sweep by what is known of those
 * before. For networks in which nothing looks at several units of a group at once but weights that read them, along axes behind their first (`Architecture.splits`). Theus et al. 2025, arXiv 2506.22712, section 3.
 * @returns new tensors of A's shapes
 * @throws BasinlabError where B has more of anything than A, other sizes where no group acts, or groups whose units lie in blocks
 */
export async function widenUnits(b: Tensors, { params: a, specs, stateSpecs = [] }: WidenOnto): Promise<Tensors> {
  const all = [...specs, ...stateSpecs];
  demandFewer(a, b, all);
  const groups = placesOf(specs);
  const semis = new Map<string, SemiPermutation>();
  for (let sweep = 0, change = Infinity; sweep < SWEEPS && change > STILL; sweep++) {
    change = 0;
    for (const [group, places] of groups) {
      const before = semis.get(group);
      // In the first sweep only what depends on no group that was not matched yet.
      const known = places.filter(({ spec, axis }) =>
        spec.axes.every((other, at) => other === null || (at === axis && other.group === group) || semis.has(other.group!)),
      );
      const [copied, split] = [await productsOf(a, b, known, semis, 'copy'), await productsOf(a, b, known, semis, 'split')];
      const { spec, axis } = places[0]!;
      const [units, fewer] = [a, b].map((of) => of[spec.name]!.shape[axis]!);
      const none = nothing(units!, fewer!);
      const { semi } = matchSemiPermutation(copied ?? none, split ?? none);
      semis.set(group, semi);
      change = Math.max(change, before === undefined ? Infinity : differenceOf(before, semi));
    }
  }
  return tf.tidy(() => Object.fromEntries(all.map((spec) => [spec.name, tf.clone(moved(spec, b[spec.name]!, semis))])));
}

/** Of a unit what lies along an axis behind the first reads it. */
const howAlong = (axis: number): 'copy' | 'split' => (axis === 0 ? 'copy' : 'split');

/** A tensor of B along all axes whose groups were matched, but for one. */
function moved({ axes }: Spec, x: tf.Tensor, semis: Semis, but?: number): tf.Tensor {
  return axes.reduce<tf.Tensor>((now, axis, at) => {
    const semi = axis === null || at === but ? undefined : semis.get(axis.group!);
    return semi === undefined ? now : applySemiPermutation(now, at, semi, howAlong(at));
  }, x);
}

interface Place {
  readonly spec: ParamSpec;
  readonly axis: number;
}

function placesOf(specs: readonly ParamSpec[]): ReadonlyMap<string, readonly Place[]> {
  const bySpec = new Map(specs.map((spec) => [spec.name, spec]));
  const groups = new Map<string, Place[]>();
  for (const { group, name, axis } of groupPlaces(specs)) {
    const spec = bySpec.get(name)!;
    const symmetry = spec.axes[axis]!;
    if (symmetry.group === undefined || symmetry.block !== undefined || symmetry.kind === 'nested-permutation')
      throw new BasinlabError(name, 'units one by one, to be split', `group ${group} in blocks or nests`);
    groups.set(group, [...(groups.get(group) ?? []), { spec, axis }]);
  }
  return groups;
}

/** Inner products of the units of a group in what is copied with them, or in what is shared; null where there is none. */
async function productsOf(
  a: Tensors,
  b: Tensors,
  places: readonly Place[],
  semis: Semis,
  how: 'copy' | 'split',
): Promise<UnitProducts | null> {
  const own = places.filter(({ axis }) => howAlong(axis) === how);
  if (own.length === 0) return null;
  const found = tf.tidy(() => {
    const sums = own.map(({ spec, axis }) => {
      const [x, y] = [unitsFirst(a[spec.name]!, axis), unitsFirst(moved(spec, b[spec.name]!, semis, axis), axis)];
      return [tf.sum(tf.square(x), 1), tf.sum(tf.square(y), 1), tf.matMul(x, y, false, true)] as const;
    });
    return [0, 1, 2].map((at) => tf.addN(sums.map((sum) => sum[at]!)));
  });
  const [ofA, ofB, between] = await Promise.all(found.map((tensor) => tensor.data()));
  tf.dispose(found);
  return { ofA: ofA!, ofB: ofB!, between: between! };
}

const nothing = (units: number, fewer: number): UnitProducts => ({
  ofA: new Float32Array(units),
  ofB: new Float32Array(fewer),
  between: new Float32Array(units * fewer),
});

function differenceOf(before: SemiPermutation, after: SemiPermutation): number {
  return before.sources.reduce(
    (most, source, i) => Math.max(most, source === after.sources[i] ? Math.abs(before.shares[i]! - after.shares[i]!) : Infinity),
    0,
  );
}

function demandFewer(a: Tensors, b: Tensors, specs: readonly Spec[]): void {
  demand(Object.keys(b).length === specs.length, 'widen', `models of ${specs.length} tensors`, Object.keys(b).length);
  for (const { name, axes } of specs) {
    const [x, y] = [a[name]?.shape, b[name]?.shape];
    demand(x !== undefined && y !== undefined && x.length === y.length, name, 'a tensor of as many axes in both models', [x, y]);
    for (const [axis, length] of x!.entries()) {
      const own = y![axis]!;
      if (axes[axis] === null) demand(length === own, name, `${length} entries along axis ${axis}, as in the first model`, own);
      demand(length >= own, name, `no more than ${x!.join(' x ')}, as in the first model`, y!.join(' x '), 'Name the larger model first.');
    }
  }
}
