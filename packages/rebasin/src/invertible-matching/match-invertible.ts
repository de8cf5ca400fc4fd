import { BasinlabError, demand, type AxisSpec, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { conditionNumber } from '@basinlab/core/linear-algebra';
import { applyTransformToArrays, composeTransforms, groupKinds, groupSizes } from '../transform/index.js';
import { CONDITION } from '../transform/elements.js';
import { mapPlaces, mapSidesOf, type Arrays, type MapPlace } from './map-sides.js';
import { mapStep, plusIdentity, solveMap } from './solve-map.js';

/** Shares of a step that are tried. */
const shares = [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16];

/** Axes of the parameters, and how far the search goes. */
export interface MatchInvertibleOptions {
  readonly specs: readonly AxisSpec[];
  /** Largest condition number of a map: what it moves is undone in single precision. Default 1e4. */
  readonly condition?: number;
  /** What becomes of a group whose closest map has a larger one. Default `refuse`. */
  readonly worse?: 'refuse' | 'stay';
  /** Passes over all groups at most, after the first. Default 20. */
  readonly sweeps?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Maps that bring one model close to another. */
export interface InvertibleMatching {
  /** Brings B onto A; an element for every group of kind `invertible`. */
  readonly transform: SymmetryTransform;
  /** Condition number of each map: how much larger rounding can become where it acts. */
  readonly conditions: Readonly<Record<string, number>>;
  /** Frobenius distance of all parameters, before and after. */
  readonly distances: { readonly before: number; readonly after: number };
}

/**
 * Maps units that any invertible map may move (hidden layers of linear networks, coordinates within heads) so that the weights of B come close to those of A: closed form for each group, see
 * `solveMap`. A first pass goes from what is settled to what it touches, so that a planted element is found exactly where the weights determine it; further passes over all groups take steps of
 * Gauss and Newton on the distance itself, which only falls. Other groups stay. Theus et al. 2025 (arXiv 2506.22712) name these maps their fourth class; their code multiplies them out instead.
 * @throws BasinlabError where no group is of that kind, or a map that would be hard to undo is the closest
 */
export async function matchInvertible(a: Tensors, b: Tensors, options: MatchInvertibleOptions): Promise<InvertibleMatching> {
  const { specs, condition = 1e4, worse = 'refuse', sweeps = 20, signal } = options;
  const [hostA, hostB] = await Promise.all([a, b].map((tensors) => downloaded(specs, tensors)));
  return matchInvertibleArrays(hostA!, hostB!, { specs, condition, worse, sweeps, signal });
}

function matchInvertibleArrays(
  a: Arrays,
  b: Arrays,
  { specs, condition, worse, sweeps, signal }: Required<Omit<MatchInvertibleOptions, 'signal'>> & Pick<MatchInvertibleOptions, 'signal'>,
): InvertibleMatching {
  const [kinds, sizes] = [groupKinds(specs), groupSizes(specs)];
  const groups = [...sizes.keys()].filter((group) => kinds.get(group) === 'invertible');
  const remedy = 'Use a strategy for the kinds it has, such as weight-matching.';
  demand(groups.length > 0, 'invertible-matching', 'a group of kind invertible', [...new Set(kinds.values())].join(', ') || 'none', remedy);
  const places = new Map(groups.map((group) => [group, mapPlaces(group, specs)]));
  let transform = identities(groups, sizes);
  let moved: Arrays = b;
  let distance = distanceOf(a, b);
  const before = distance;
  const visit = (group: string, matrix: Float64Array, tooIll: (condition: number, most: number) => void) => {
    const step: SymmetryTransform = { [group]: { kind: 'invertible', size: sizes.get(group)!, matrix } };
    const next = composeTransforms(transform, step);
    for (const [of, most] of [
      [step, CONDITION],
      [next, condition],
    ] as const) {
      const reached = conditionOf(of, group);
      if (reached <= most) continue;
      tooIll(reached, most);
      return null;
    }
    return { next, there: applyTransformToArrays(specs, moved, step) };
  };
  const settled = new Set<string>();
  while (settled.size < groups.length) {
    signal?.throwIfAborted();
    const open = groups.filter((group) => !settled.has(group));
    // Entries that units share with units that are not settled yet say nothing.
    const known = (group: string): MapPlace[] =>
      places.get(group)!.filter(({ beside }) => beside.every((other) => other === group || !open.includes(other)));
    const group = open.find((own) => known(own).length > 0) ?? open[0]!;
    const found = visit(group, solveMap(mapSidesOf(sizes.get(group)!, known(group), { a, b: moved })), (reached, most) => {
      if (worse === 'refuse') refuse(group, reached, most);
    });
    if (found !== null) [transform, moved] = [found.next, found.there];
    settled.add(group);
  }
  // The first pass may have met entries that determine nothing: what is no better is not taken.
  const after = distanceOf(a, moved);
  if (after > distance) [transform, moved] = [identities(groups, sizes), b];
  else distance = after;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const start = distance;
    for (const group of groups) {
      signal?.throwIfAborted();
      const size = sizes.get(group)!;
      const sides = mapSidesOf(size, places.get(group)!, { a, b: moved });
      const step = mapStep(sides);
      const found = [solveMap(sides), ...shares.map((share) => plusIdentity(step, size, share))]
        .flatMap((matrix) => visit(group, matrix, () => undefined) ?? [])
        .map((reached) => ({ ...reached, distance: distanceOf(a, reached.there) }))
        .reduce((best, other) => (other.distance < best.distance ? other : best), { next: transform, there: moved, distance });
      [transform, moved, distance] = [found.next, found.there, found.distance];
    }
    if (start - distance <= 1e-6 * start) break;
  }
  const conditions = Object.fromEntries(groups.map((group) => [group, conditionOf(transform, group)]));
  return { transform, conditions, distances: { before, after: distance } };
}

const identities = (groups: readonly string[], sizes: ReadonlyMap<string, number>): SymmetryTransform =>
  Object.fromEntries(
    groups.map((group) => {
      const size = sizes.get(group)!;
      const matrix = Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0));
      return [group, { kind: 'invertible', size, matrix }];
    }),
  );

function conditionOf(transform: SymmetryTransform, group: string): number {
  const element = transform[group];
  return element?.kind === 'invertible' ? conditionNumber(element.matrix, element.size) : 1;
}

function refuse(group: string, condition: number, most: number): never {
  throw new BasinlabError('invertible-matching', `a map of ${group} with a condition number of at most ${most}`, String(condition), {
    remedy: 'The weights are nearly of lower rank there. Allow more by the setting `condition`, or permute units: weight-matching.',
  });
}

const distanceOf = (a: Arrays, b: Arrays): number =>
  Math.sqrt(Object.entries(a).reduce((sum, [name, values]) => values.reduce((own, value, k) => own + (value - b[name]![k]!) ** 2, sum), 0));

async function downloaded(specs: readonly AxisSpec[], tensors: Tensors): Promise<Arrays> {
  const entries = specs.map(async ({ name, shape }) => {
    const tensor = tensors[name];
    demand(tensor?.shape.join() === shape.join(), name, `shape [${shape.join(', ')}]`, tensor?.shape ?? 'none');
    return [name, Float64Array.from(await tensor!.data())] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
