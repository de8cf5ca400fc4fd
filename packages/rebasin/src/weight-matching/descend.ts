import { BasinlabError, elementIndices, type GroupElement, type SymmetryTransform } from '@basinlab/core';
import type { Assignment } from '../lap/index.js';
import { solveAssignment, solveNestedAssignment } from '../lap/index.js';
import type { Contraction, Move, Moves } from './contraction.js';
import type { CostSource } from './costs.js';
import { planeProducts } from './planes.js';
import { isGain, moveOf, scoresOf } from './products.js';

/** One linear assignment problem of a descent, for those who look inside. */
export interface AssignmentStep {
  readonly restart: number;
  readonly sweep: number;
  /** Place within the sweep. */
  readonly position: number;
  readonly group: string;
  /** Maximised; [units of A, units of B], row-major. Of a group with signs, those of the better sign of each pair, and with the best angles where coordinates turn. */
  readonly costs: Float32Array;
  /** Unit of B for every unit of A. */
  readonly assignment: Int32Array;
}

export interface MatchedGroup {
  readonly contraction: Contraction;
  readonly source: CostSource;
  /** The group's first solution, from which later restarts start: all begin at the identity, where costs are much alike. */
  first?: Assignment;
}

export interface Descent {
  readonly moves: Moves;
  readonly sweeps: number;
  /** Linear assignment problems solved; visits whose costs could not have changed are not among them. */
  readonly assignments: number;
  /** False where the order ended before a sweep without progress. */
  readonly converged: boolean;
}

/** Least gain of an assignment that counts as progress, as in the reference. */
const LEAST_GAIN = 1e-12;

interface DescentOptions {
  readonly restart: number;
  /** Where the descent begins; groups it leaves out begin at the identity. */
  readonly start?: SymmetryTransform | undefined;
  /** Inner product of A with the moved B, which the descent lets grow only. */
  readonly innerProduct: (moves: Moves) => number;
  readonly onStep?: ((step: AssignmentStep) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Coordinate descent from the identity, or from `start`: sweep after sweep each group in turn gets the assignment that maximises its costs while the others
 * rest, until a sweep brings no progress or `order` has no more sweep. Units with signs are assigned by the size of their products, and get the sign of these; units with coordinates in planes by what they are
 * worth at the best angle of each plane, which they get. Where a group acts on several axes of one tensor (both sides of a product of matrices)
 * its costs hold for small moves only: there an assignment is taken only if it is better indeed.
 * @param order the groups to visit in a sweep, or nothing where there is none
 */
export async function descend(
  groups: ReadonlyMap<string, MatchedGroup>,
  order: (sweep: number) => readonly string[] | undefined,
  { restart, start: from, innerProduct, onStep, signal }: DescentOptions,
): Promise<Descent> {
  const current = new Map(
    Array.from(groups, ([group, { contraction }]): [string, Move] => [group, startOf(group, contraction, from?.[group])]),
  );
  /** How often each group has moved: a group whose neighbours have not moved since its last visit is already optimal. */
  const moves = new Map(Array.from(groups.keys(), (group) => [group, 0]));
  const seen = new Map<string, string>();
  const solutions = new Map<string, Assignment>();
  let assignments = 0;
  for (let sweep = 0; ; sweep++) {
    const visits = order(sweep);
    if (visits === undefined) return { moves: current, sweeps: sweep, assignments, converged: false };
    let progress = false;
    for (let position = 0; position < visits.length; position++) {
      signal?.throwIfAborted();
      const group = visits[position]!;
      const matched = groups.get(group);
      if (matched === undefined) {
        throw new BasinlabError('weight-matching', 'orders that name groups of this network', group, {
          remedy: `Known: ${[...groups.keys()].join(', ')}`,
        });
      }
      const { contraction, source } = matched;
      const { units } = contraction;
      const neighbourhood = [...contraction.neighbours].map((name) => moves.get(name)).join();
      if (seen.get(group) === neighbourhood) continue;
      const given = {
        products: await source.costs(current),
        gains: contraction.gains && source.gains,
        turns: contraction.planes && planeProducts(contraction.planes, units, current),
      };
      const costs = scoresOf(given);
      const before = current.get(group)!;
      const found =
        contraction.nest === undefined
          ? solveFrom(matched, solutions, costs)
          : solveNestedAssignment(costs, { units, nest: contraction.nest, maximise: true });
      assignments++;
      onStep?.({ restart, sweep, position, group, costs, assignment: found.columnOf });
      const isLinear = !contraction.neighbours.has(group);
      const after = moveOf(given, found.columnOf);
      const isBetter = isLinear
        ? isGain(given, found.total, { before, after, least: LEAST_GAIN })
        : innerProduct(new Map(current).set(group, after)) > innerProduct(current) + LEAST_GAIN;
      if (isBetter) progress = true;
      if ((isLinear || isBetter) && differ(before, after)) {
        current.set(group, after);
        moves.set(group, moves.get(group)! + 1);
      }
      seen.set(group, neighbourhood);
    }
    if (!progress) return { moves: current, sweeps: sweep + 1, assignments, converged: true };
  }
}

/** Solved from the group's last solution of this descent, or its first of all. */
function solveFrom(matched: MatchedGroup, solutions: Map<string, Assignment>, costs: Float32Array): Assignment {
  const { group, units } = matched.contraction;
  const start = solutions.get(group) ?? matched.first;
  const found = solveAssignment(costs, { rows: units, columns: units, maximise: true, ...(start === undefined ? {} : { start }) });
  solutions.set(group, found);
  matched.first ??= found;
  return found;
}

function startOf(group: string, { units, gains, planes }: Contraction, start: GroupElement | undefined): Move {
  const none = Int32Array.from({ length: units }, (_, i) => i);
  const element = start ?? ({ kind: 'permutation', indices: none } as const);
  if (gains !== undefined && element.kind === 'monomial') return { indices: element.indices, signs: Float32Array.from(element.scales) };
  if (planes !== undefined && element.kind === 'rotated') return { indices: element.indices, angles: element.angles };
  return {
    indices: elementIndices(group, element),
    ...(gains && { signs: new Float32Array(units).fill(1) }),
    ...(planes && { angles: new Float64Array(units * planes.planes) }),
  };
}

const differ = (a: Move, b: Move): boolean =>
  a.indices.some((index, unit) => index !== b.indices[unit]) ||
  (a.signs?.some((sign, unit) => sign !== b.signs![unit]) ?? false) ||
  (a.angles?.some((angle, at) => angle !== b.angles![at]) ?? false);
