import { demand, type GroupElement, type ParamSpec, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { foldIn, permutation, type Key } from '@basinlab/core/random';
import { checkTransform } from '../transform/algebra.js';
import { applyTransformToArrays } from '../transform/apply.js';
import { groupSizes } from '../transform/axis-spec.js';
import { contractionOf, type Moves } from './contraction.js';
import { costSource } from './costs.js';
import { descend, type AssignmentStep, type Descent, type MatchedGroup } from './descend.js';

/** Axes of the parameters, restarts, and where the search starts. */
export interface WeightMatchingOptions {
  readonly specs: readonly ParamSpec[];
  /** Draws the visiting orders. */
  readonly key: Key;
  /** Descents, each with its own visiting orders; the best is kept. Default 10. */
  readonly restarts?: number;
  /** Visiting orders to use instead of random ones: per restart, per sweep, names of groups. A descent ends when its sweeps do. */
  readonly orders?: readonly (readonly (readonly string[])[])[];
  /** Where every descent begins in place of the identity: brings B near A already. */
  readonly start?: SymmetryTransform;
  readonly onStep?: (step: AssignmentStep) => void;
  readonly signal?: AbortSignal;
}

/** The best alignment that was found. */
export interface WeightMatching {
  /** Brings B onto A: the best restart's. */
  readonly transform: SymmetryTransform;
  /** Sum over tensors of the Frobenius norm of A - B, aligned. */
  readonly objective: number;
  readonly identityObjective: number;
  readonly bestRestart: number;
  readonly restarts: readonly (Pick<Descent, 'sweeps' | 'assignments' | 'converged'> & {
    readonly transform: SymmetryTransform;
    readonly objective: number;
  })[];
}

/**
 * Weight matching: permutes the units of network B so that its weights come close to those of A, by coordinate descent over linear
 * assignment problems. Each group maximises the inner product of A with the permuted B while the others rest; among restarts the least sum
 * of (unsquared) Frobenius norms wins, the first where equal. Groups that have signs get them too, and coordinates in planes their
 * angles (of the keys of heads under rotary positions); scales, other rotations and maps are left alone. Ainsworth, Hayase and Srinivasa 2023, "Git Re-Basin", section 3.2.
 * @throws BasinlabError where the parameters do not fit `specs`
 */
export async function matchWeights(a: Tensors, b: Tensors, options: WeightMatchingOptions): Promise<WeightMatching> {
  const { specs, key, orders, start, onStep, signal } = options;
  if (start !== undefined) checkTransform(specs, start);
  const restarts = orders?.length ?? options.restarts ?? 10;
  demand(Number.isInteger(restarts) && restarts > 0, 'weight-matching', 'at least one restart', restarts);
  const [hostA, hostB] = await Promise.all([hostArrays(specs, a), hostArrays(specs, b)]);
  const groups = new Map(
    Array.from(groupSizes(specs), ([group, units]): [string, MatchedGroup] => {
      const contraction = contractionOf(group, units, specs, hostA, hostB);
      return [group, { contraction, source: costSource(contraction) }];
    }),
  );
  const names = [...groups.keys()];
  const innerProduct = (of: Moves) => sumOfProducts(hostA, applyTransformToArrays(specs, hostB, transformOf(of)));
  const objectiveOf = (transform: SymmetryTransform) => sumOfNorms(hostA, applyTransformToArrays(specs, hostB, transform));
  try {
    const found: WeightMatching['restarts'][number][] = [];
    for (let restart = 0; restart < restarts; restart++) {
      const restartKey = foldIn(key, restart);
      const order = (sweep: number) =>
        orders === undefined ? Array.from(permutation(foldIn(restartKey, sweep), names.length), (i) => names[i]!) : orders[restart]![sweep];
      const { moves, ...descent } = await descend(groups, order, { restart, start, innerProduct, onStep, signal });
      const transform = transformOf(moves);
      found.push({ ...descent, transform, objective: objectiveOf(transform) });
    }
    const bestRestart = found.reduce((best, { objective }, i) => (objective < found[best]!.objective ? i : best), 0);
    const { transform, objective } = found[bestRestart]!;
    return { transform, objective, identityObjective: objectiveOf({}), bestRestart, restarts: found };
  } finally {
    for (const { source } of groups.values()) source.dispose();
  }
}

/** Moves as elements. */
const transformOf = (moves: Moves): SymmetryTransform =>
  Object.fromEntries(
    Array.from(moves, ([group, { indices, signs, angles }]): [string, GroupElement] => {
      if (angles !== undefined) return [group, { kind: 'rotated', indices, angles }];
      return [
        group,
        signs === undefined ? { kind: 'permutation', indices } : { kind: 'monomial', indices, scales: Float64Array.from(signs) },
      ];
    }),
  );

/** Parameters on the host, checked against their specs. */
export async function hostArrays(specs: readonly ParamSpec[], tensors: Tensors): Promise<Record<string, Float32Array>> {
  const entries = specs.map(async ({ name, shape }): Promise<[string, Float32Array]> => {
    const tensor = tensors[name];
    demand(tensor !== undefined, 'weight-matching', `a parameter ${name}`, 'none');
    demand(tensor.shape.join() === shape.join(), name, `shape [${shape.join(', ')}]`, tensor.shape);
    const data = (await tensor.data()) as Float32Array;
    demand(data.every(Number.isFinite), name, 'finite parameters', 'NaN or Infinity');
    return [name, data];
  });
  return Object.fromEntries(await Promise.all(entries));
}

function sumOfProducts(a: Readonly<Record<string, Float32Array>>, b: Readonly<Record<string, Float32Array>>): number {
  let sum = 0;
  for (const [name, values] of Object.entries(a)) {
    const others = b[name]!;
    for (let k = 0; k < values.length; k++) sum += values[k]! * others[k]!;
  }
  return sum;
}

function sumOfNorms(a: Readonly<Record<string, Float32Array>>, b: Readonly<Record<string, Float32Array>>): number {
  let sum = 0;
  for (const [name, values] of Object.entries(a)) {
    const others = b[name]!;
    let square = 0;
    for (let k = 0; k < values.length; k++) square += (values[k]! - others[k]!) ** 2;
    sum += Math.sqrt(square);
  }
  return sum;
}
