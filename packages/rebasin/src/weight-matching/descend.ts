import { BasinlabError, elementIndices, type GroupElement, type SymmetryTransform } from '@basinlab/core';
import type { Assignment } from '../lap/index.js';
import { solveAssignment, solveNestedAssignment } from '../lap/index.js';
import type { Contraction, Move, Moves } from './contraction.js';
import type { CostSource } from './costs.js';

/** One linear assignment problem of a descent, for those who look inside. */
export interface AssignmentStep {
  readonly restart: number;
  readonly sweep: number;
  /** Place within the sweep. */
  readonly position: number;
  readonly group: string;
  /** Maximised; [units of A, units of B], row-major. Of a group with signs, those of the better sign of each pair. */
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
 * rest, until a sweep brings no progress or `order` has no more sweep. Units with signs are assigned by the size of their products, and get the sign of these. Where a group acts on several axes of one tensor (both sides of a product of matrices)
 * its costs hold for small moves only: there an assignment is taken only if it is better indeed.
 * @param order the groups to visit in a sweep, or nothing where there is none
 */
export async function descend(
  groups: ReadonlyMap<string, MatchedGroup>,
  order: (sweep: number) => readonly string[] | undefined,
  { restart, start: from, innerProduct, onStep, signal }: DescentOptions,
): Promise<Descent> {
  const current = new Map(
    Array.from(groups, ([group, { contraction }]): [string, Move] => [group, moveOf(group, contraction, from?.[group])]),
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
      const products = await source.costs(current);
      const gains = contraction.gains === undefined ? undefined : source.gains!;
      const costs = gains === undefined ? products : products.map((product, k) => Math.abs(product) + gains[k]!);
      const before = current.get(group)!;
      const found =
        contraction.nest === undefined
          ? solveFrom(matched, solutions, costs)
          : solveNestedAssignment(costs, { units, nest: contraction.nest, maximise: true });
      assignments++;
      onStep?.({ restart, sweep, position, group, costs, assignment: found.columnOf });
      const isLinear = !contraction.neighbours.has(group);
      const signs = gains && Float32Array.from(found.columnOf, (column, row) => (products[row * units + column]! < 0 ? -1 : 1));
      const after: Move = { indices: found.columnOf, ...(signs && { signs }) };
      const isBetter = isLinear
        ? found.total > valueOf({ products, gains }, units, before) + LEAST_GAIN
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

function moveOf(group: string, { units, gains }: Contraction, start: GroupElement | undefined): Move {
  const indices = Int32Array.from({ length: units }, (_, i) => i);
  if (gains === undefined) return { indices: start === undefined ? indices : elementIndices(group, start) };
  if (start?.kind === 'monomial') return { indices: start.indices, signs: Float32Array.from(start.scales) };
  return { indices: start === undefined ? indices : elementIndices(group, start), signs: new Float32Array(units).fill(1) };
}

const differ = (a: Move, b: Move): boolean =>
  a.indices.some((index, unit) => index !== b.indices[unit]) || (a.signs?.some((sign, unit) => sign !== b.signs![unit]) ?? false);

interface Products {
  readonly products: Float32Array;
  readonly gains: Float32Array | undefined;
}

function valueOf({ products, gains }: Products, units: number, { indices, signs }: Move): number {
  let total = 0;
  for (let i = 0; i < units; i++) {
    const at = i * units + indices[i]!;
    total += (signs?.[i] ?? 1) * products[at]! + (gains?.[at] ?? 0);
  }
  return total;
}
