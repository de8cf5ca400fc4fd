import { BasinlabError, elementIndices, type SymmetryTransform } from '@basinlab/core';
import type { Assignment } from '../lap/index.js';
import { solveAssignment } from '../lap/index.js';
import type { Contraction, Permutations } from './contraction.js';
import type { CostSource } from './costs.js';

/** One linear assignment problem of a descent, for those who look inside. */
export interface AssignmentStep {
  readonly restart: number;
  readonly sweep: number;
  /** Place within the sweep. */
  readonly position: number;
  readonly group: string;
  /** Maximised; [units of A, units of B], row-major. */
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
  readonly permutations: ReadonlyMap<string, Int32Array>;
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
  /** Inner product of A with the permuted B, which the descent lets grow only. */
  readonly innerProduct: (permutations: Permutations) => number;
  readonly onStep?: ((step: AssignmentStep) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Coordinate descent from the identity, or from `start`: sweep after sweep each group in turn gets the assignment that maximises its costs while the others
 * rest, until a sweep brings no progress or `order` has no more sweep. Where a group acts on several axes of one tensor (both sides of a product of matrices)
 * its costs hold for small moves only: there an assignment is taken only if it is better indeed.
 * @param order the groups to visit in a sweep, or nothing where there is none
 */
export async function descend(
  groups: ReadonlyMap<string, MatchedGroup>,
  order: (sweep: number) => readonly string[] | undefined,
  { restart, start: from, innerProduct, onStep, signal }: DescentOptions,
): Promise<Descent> {
  const permutations = new Map(
    Array.from(groups, ([group, { contraction }]): [string, Int32Array] => [
      group,
      (from?.[group] && elementIndices(group, from[group])) ?? Int32Array.from({ length: contraction.units }, (_, i) => i),
    ]),
  );
  /** How often each group has moved: a group whose neighbours have not moved since its last visit is already optimal. */
  const moves = new Map(Array.from(groups.keys(), (group) => [group, 0]));
  const seen = new Map<string, string>();
  const solutions = new Map<string, Assignment>();
  let assignments = 0;
  for (let sweep = 0; ; sweep++) {
    const visits = order(sweep);
    if (visits === undefined) return { permutations, sweeps: sweep, assignments, converged: false };
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
      const costs = await source.costs(permutations);
      const before = permutations.get(group)!;
      const start = solutions.get(group) ?? matched.first;
      const found = solveAssignment(costs, { rows: units, columns: units, maximise: true, ...(start === undefined ? {} : { start }) });
      assignments++;
      onStep?.({ restart, sweep, position, group, costs, assignment: found.columnOf });
      solutions.set(group, found);
      matched.first ??= found;
      const isLinear = !contraction.neighbours.has(group);
      const isBetter = isLinear
        ? found.total > valueOf(costs, units, before) + LEAST_GAIN
        : innerProduct(new Map(permutations).set(group, found.columnOf)) > innerProduct(permutations) + LEAST_GAIN;
      if (isBetter) progress = true;
      if ((isLinear || isBetter) && found.columnOf.some((column, row) => column !== before[row])) {
        permutations.set(group, found.columnOf);
        moves.set(group, moves.get(group)! + 1);
      }
      seen.set(group, neighbourhood);
    }
    if (!progress) return { permutations, sweeps: sweep + 1, assignments, converged: true };
  }
}

function valueOf(costs: Float32Array, units: number, permutation: Int32Array): number {
  let total = 0;
  for (let i = 0; i < units; i++) total += costs[i * units + permutation[i]!]!;
  return total;
}
