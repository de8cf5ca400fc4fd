import type { AxisFactor, AxisSpec, AxisSymmetry, Tensors } from '@basinlab/core';
import { demand } from '@basinlab/core';
import { applyTransform, matchInvertible } from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';
import { blockNames } from '../architectures/parameter-names.js';

/** Heads of both models. */
export interface MatchHeadsOptions {
  readonly heads: number;
  /** Default: as many as heads. */
  readonly keyValueHeads?: number | undefined;
  /** Largest condition number of a map; coordinates of a head for which the closest is worse stay. Default 1e4. */
  readonly condition?: number;
}

/** A model whose heads have the coordinates of another's. */
export interface MatchedHeads {
  /** New tensors, with the function of B. */
  readonly params: Tensors;
  /** Condition number of the map of each head's keys and values: 1 for one that stays. */
  readonly conditions: Readonly<Record<string, number>>;
}

/**
 * Axes of queries, keys, values and outputs by what the coordinates of a head are: every head has a map of its own for keys, which queries read, and one for values, which the output reads.
 * Any invertible one leaves the function as it is. Heads themselves stay: match them before.
 */
export function headMapSpecs(params: Tensors, { heads, keyValueHeads = heads }: MatchHeadsOptions): AxisSpec[] {
  return blockNames(params, 'attention.query.weight').flatMap((block) => {
    const name = `${block}.attention`;
    const [rows, width] = params[`${name}.query.weight`]!.shape as [number, number];
    const size = rows / heads;
    demand(Number.isInteger(size) && heads % keyValueHeads === 0, name, `heads that divide ${rows}, and heads of keys that divide those`, [
      heads,
      keyValueHeads,
    ]);
    const axis = (part: 'keys' | 'values', own: number, as: 'reads' | 'values'): AxisSymmetry => ({
      segments: Array.from({ length: own }, (_, head): AxisFactor[] => [
        { group: `${name}.heads.${Math.floor((head * keyValueHeads) / own)}.${part}`, kind: 'invertible', as, size },
      ]),
    });
    const linear = (part: string, own: AxisSymmetry, length: number): AxisSpec[] => [
      { name: `${name}.${part}.weight`, shape: [length, width], axes: [own, null] },
      { name: `${name}.${part}.bias`, shape: [length], axes: [own] },
    ];
    const shared = keyValueHeads * size;
    return [
      ...linear('query', axis('keys', heads, 'reads'), rows),
      ...linear('key', axis('keys', keyValueHeads, 'values'), shared),
      ...linear('value', axis('values', keyValueHeads, 'values'), shared),
      { name: `${name}.output.weight`, shape: [width, rows], axes: [null, axis('values', heads, 'reads')] },
    ];
  });
}

/**
 * Brings the coordinates within the heads of B close to those of A, whose heads and residual stream it must match already: least squares in closed form for each head, see `matchInvertible`. In
 * circuit form, where heads are products, nothing of this is seen; in the form of queries, keys, values and outputs it decides whether two models can be averaged. The fourth class of
 * Theus et al. 2025 (arXiv 2506.22712).
 * @throws BasinlabError where heads do not divide what they have to
 */
export async function matchHeads(a: Tensors, b: Tensors, options: MatchHeadsOptions): Promise<MatchedHeads> {
  const specs = headMapSpecs(b, options);
  const { condition = 1e4 } = options;
  const { transform, conditions } = await matchInvertible(a, b, { specs, condition, worse: 'stay' });
  const own = new Set(specs.map(({ name }) => name));
  const inside = Object.fromEntries(Object.entries(b).filter(([name]) => own.has(name)));
  const moved = applyTransform(specs, inside, transform);
  const params = Object.fromEntries(Object.entries(b).map(([name, tensor]) => [name, moved[name] ?? tf.clone(tensor)]));
  return { params, conditions };
}
