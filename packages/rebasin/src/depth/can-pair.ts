import { demand, type LayerStack, type ParamSpec } from '@basinlab/core';
import { matchLayers } from './match-layers.js';
import { partsOf, type StackedSpecs } from './stacked-model.js';

/** Which sizes layers that are partners may have: one, or the units of either model alone may be more. */
export type LayerSizes = 'same' | 'deep wider' | 'shallow wider';

/** Which layers of a deeper stack can be partners of which of another, [deep][shallow], and which can be left out. */
export interface PossiblePartners {
  readonly pairs: readonly (readonly boolean[])[];
  readonly alone: readonly boolean[];
}

/** Partners that the sizes of two stacks allow. Layers at the ends that always stand are partners of each other. */
export function possiblePartners(
  [deep, shallow]: readonly [LayerStack, LayerStack],
  [specs, others]: readonly [readonly ParamSpec[], readonly ParamSpec[]],
  sizes: LayerSizes,
): PossiblePartners {
  const [n, m] = [deep.layers.length, shallow.layers.length];
  const { identity, front = 0, end = 0 } = deep;
  const isPlace = (i: number, j: number): boolean => {
    if (i < front || j < front) return i === j;
    return i >= n - end || j >= m - end ? n - i === m - j : true;
  };
  const isPair = (i: number, j: number): boolean =>
    isPlace(i, j) && holds(partsOf(deep.layers[i]!, specs), partsOf(shallow.layers[j]!, others), sizes);
  const widest = Math.max(...shallow.layers.flatMap((layer) => [...partsOf(layer, others).values()].map(({ shape }) => shape[0] ?? 1)));
  const canLeave = (layer: string, i: number): boolean => {
    if (i < front || i >= n - end || 'never' in identity) return false;
    if (sizes !== 'shallow wider') return isSquare(layer, specs, identity);
    // In the place of an identity matrix of the narrower model stands another, of some width that the wider one has.
    return [...partsOf(layer, specs)].every(
      ([part, { shape }]) => identity[part] !== 'identity' || shape.every((length) => length <= widest),
    );
  };
  return {
    pairs: deep.layers.map((_, i) => shallow.layers.map((__, j) => isPair(i, j))),
    alone: deep.layers.map(canLeave),
  };
}

/**
 * Whether the layers of a model, matched in order, can take in those of one with no more of them, and what lies outside of layers fits too, by sizes alone: all the same, or those of the deeper
 * or of the shallower nowhere smaller. Stacks of as many layers are partners one by one.
 */
export function canPair(deep: StackedSpecs, shallow: StackedSpecs, sizes: LayerSizes): boolean {
  demand(deep.stacks.length === shallow.stacks.length, 'depth', `${deep.stacks.length} stacks of layers`, shallow.stacks.length);
  const ends = ({ specs, stacks }: StackedSpecs): ReadonlyMap<string, ParamSpec> => {
    const inLayers = new Set(stacks.flatMap(({ layers }) => layers.flatMap((layer) => [...partsOf(layer, specs).values()])));
    return new Map(specs.filter((spec) => !inLayers.has(spec)).map((spec) => [spec.name, spec]));
  };
  if (!holds(ends(deep), ends(shallow), sizes)) return false;
  return deep.stacks.every((stack, at) => {
    const other = shallow.stacks[at]!;
    if (other.layers.length > stack.layers.length) return false;
    const { pairs, alone } = possiblePartners([stack, other], [deep.specs, shallow.specs], sizes);
    if (other.layers.length === stack.layers.length) return pairs.every((row, i) => row[i]);
    const costOf = (isPossible: boolean): number => (isPossible ? 0 : Infinity);
    return matchLayers({ pairs: pairs.map((row) => row.map(costOf)), alone: alone.map(costOf) }) !== null;
  });
}

/** Whether two layers have the same parts, and those of the one side are nowhere smaller than those of the other. */
function holds(deep: ReadonlyMap<string, ParamSpec>, shallow: ReadonlyMap<string, ParamSpec>, sizes: LayerSizes): boolean {
  if (deep.size !== shallow.size) return false;
  const fits = (a: number, b: number): boolean => (sizes === 'same' ? a === b : sizes === 'deep wider' ? a >= b : a <= b);
  return [...deep].every(([part, { shape }]) => {
    const other = shallow.get(part)?.shape;
    return other?.length === shape.length && shape.every((length, axis) => fits(length, other[axis]!));
  });
}

/** Whether what has to be the identity is a square matrix. */
const isSquare = (layer: string, specs: readonly ParamSpec[], identity: Readonly<Record<string, 'zeros' | 'identity'>>): boolean =>
  [...partsOf(layer, specs)].every(([part, { shape }]) => identity[part] !== 'identity' || (shape.length === 2 && shape[0] === shape[1]));
