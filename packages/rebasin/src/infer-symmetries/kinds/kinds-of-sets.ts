import type { AxisRole } from '@basinlab/core';
import { nestsOf, outerOf } from '../nests.js';
import { resolve, type IndexSet, type Segments } from '../index-set.js';
import { combine, linearSystem, type Form, type LinearSystem } from './linear-system.js';
import type { Layout, Occurrence } from './layout.js';
import type { LargerKind } from './op-layouts.js';

/** A tensor of the function, whose axes have been found. */
export interface NamedAxes {
  readonly name: string;
  readonly axes: readonly Segments[];
}

/** What a set may do beyond permutations, and what its entries are at each place: see {@link placeOf}. */
export interface SetKind {
  readonly kind: LargerKind;
  readonly roles: ReadonlyMap<string, AxisRole>;
}

/** Name of a factor of an axis of a tensor. */
export const placeOf = (tensor: string, axis: number, segment: number, factor: number): string => [tensor, axis, segment, factor].join('/');

/** From the largest group on. */
const kinds: readonly LargerKind[] = ['invertible', 'orthogonal', 'scaled-permutation', 'signed-permutation'];

/**
 * The largest kind of group of each set that may be permuted. At every place of a set an unknown says by which power of the element its entries are moved: 1, values; -1, weights that read them; 0,
 * gains. The function is traced once for each kind: ops make equations, and a kind is right where these have a solution in which every weight follows its units. Where several solutions are left, the first
 * entries are values, and so are vectors where they can be. Sets in nests, and those that nests are made of, are permuted.
 * @param trace runs the function on tensors with layouts, and calls `equate` for what ops demand
 */
export function kindsOfSets(
  tensors: readonly NamedAxes[],
  trace: (kind: LargerKind, layouts: readonly Layout[], equate: (set: IndexSet, form: Form) => void) => void,
): ReadonlyMap<IndexSet, SetKind> {
  const nests = nestsOf(tensors.flatMap(({ axes }) => axes.map(resolve)));
  const nested = new Set([...nests].flat());
  const places = tensors.flatMap(({ name, axes }, tensor) =>
    axes.flatMap((axis, k) =>
      resolve(axis).flatMap((segment, s) =>
        segment.flatMap((set, f) => (set.fixed ? [] : [{ set, tensor, axis: k, rank: axes.length, place: placeOf(name, k, s, f) }])),
      ),
    ),
  );
  const isOpen = (set: IndexSet): boolean => !nested.has(set) && outerOf(set) === null;
  const found = new Map<IndexSet, SetKind>();
  for (const kind of kinds) {
    const equations = new Map<IndexSet, Form[]>();
    const layouts = tensors.map(({ axes }, tensor): Layout =>
      axes.map((_, k) =>
        places.flatMap((place, unknown): Occurrence[] =>
          place.tensor === tensor && place.axis === k ? [{ set: place.set, form: new Map([[unknown, 1]]) }] : [],
        ),
      ),
    );
    trace(kind, layouts, (set, form) => void equations.set(set, [...(equations.get(set) ?? []), form]));
    for (const set of new Set(places.map((place) => place.set))) {
      if (found.has(set) || !isOpen(set)) continue;
      const modulo2 = kind === 'signed-permutation' || kind === 'orthogonal';
      const system = linearSystem({ modulo2 });
      // Modulo 2 only whole powers of an element are known.
      const whole = (equations.get(set) ?? []).every((form) => !modulo2 || [...form.values()].every(Number.isInteger));
      const isRight = whole && (equations.get(set) ?? []).every((form) => system.demand(form, 0));
      const own = places.flatMap((place, unknown) => (place.set === set ? [{ ...place, unknown }] : []));
      const roles = isRight ? rolesIn(system, kind, own) : null;
      if (roles !== null) found.set(set, { kind, roles });
    }
  }
  return found;
}

/** What entries are at each place of a set; null where some weight would not follow. */
function rolesIn(
  system: LinearSystem,
  kind: LargerKind,
  places: readonly { readonly unknown: number; readonly rank: number; readonly place: string }[],
): ReadonlyMap<string, AxisRole> | null {
  const roles = new Map<string, AxisRole>();
  const isPower = (unknown: number, power: number): boolean => system.demand(combine([new Map([[unknown, 1]]), 1]), power);
  // Weights first: vectors follow what they say.
  for (const { unknown, rank, place } of [...places].sort((a, b) => Number(a.rank < 2) - Number(b.rank < 2))) {
    if (isPower(unknown, 1)) roles.set(place, 'values');
    else if (kind !== 'signed-permutation' && kind !== 'orthogonal' && isPower(unknown, -1)) roles.set(place, 'reads');
    else if (kind === 'signed-permutation' && rank < 2 && isPower(unknown, 0)) roles.set(place, 'gains');
    else return null;
  }
  return roles;
}
