import { BasinlabError, demand } from '@basinlab/core';
import type { PairMoments } from '@basinlab/core/statistics';

/**
 * How alike unit i of A and unit j of B are on the same inputs. Every one of them is maximised by the matching, also `uncorrelatedness`,
 * which thereby pairs the least correlated units: it is what the code of arXiv 2606.04754 aligns by.
 */
export const similarities = [
  /** Mean of the product. */
  'dot',
  /** Sum of the product. */
  'dot-unnormalised',
  /** Correlation, in [-1, 1]; refuses constant units. */
  'pearson',
  /** Correlation, 0 where a unit is constant. */
  'pearson-zero-for-constant',
  /** 1 - |correlation|, in [0, 1]; refuses constant units. */
  'uncorrelatedness',
  /** 1 - |correlation|, 1 where a unit is constant. */
  'uncorrelatedness-one-for-constant',
] as const;
/** How units are compared. */
export type Similarity = (typeof similarities)[number];

/**
 * The similarity of every pair of units, [unitsA, unitsB] row-major.
 * @throws BasinlabError where there is no row, or the similarity refuses a constant unit
 */
export function similarityMatrix(moments: PairMoments, similarity: Similarity): Float64Array {
  demand(moments.rows > 0, similarity, 'activations of at least one input', moments.rows);
  switch (similarity) {
    case 'dot':
      return dot(moments, 1 / moments.rows);
    case 'dot-unnormalised':
      return dot(moments, 1);
    case 'pearson':
      refuseConstant(moments, similarity);
      return correlation(moments);
    case 'pearson-zero-for-constant':
      return correlation(moments);
    case 'uncorrelatedness':
      refuseConstant(moments, similarity);
      return correlation(moments).map((rho) => 1 - Math.abs(rho));
    case 'uncorrelatedness-one-for-constant':
      return correlation(moments).map((rho) => 1 - Math.abs(rho));
    default:
      return similarity satisfies never;
  }
}

function dot({ rows, unitsA, unitsB, meanA, meanB, cross }: PairMoments, factor: number): Float64Array {
  const out = new Float64Array(cross.length);
  for (let i = 0, k = 0; i < unitsA; i++)
    for (let j = 0; j < unitsB; j++, k++) out[k] = factor * (cross[k]! + rows * meanA[i]! * meanB[j]!);
  return out;
}

function correlation({ unitsA, unitsB, squaresA, squaresB, cross }: PairMoments): Float64Array {
  const out = new Float64Array(cross.length);
  const [lengthsA, lengthsB] = [squaresA.map(Math.sqrt), squaresB.map(Math.sqrt)];
  for (let i = 0, k = 0; i < unitsA; i++) {
    for (let j = 0; j < unitsB; j++, k++) {
      const scale = lengthsA[i]! * lengthsB[j]!;
      out[k] = scale === 0 ? 0 : cross[k]! / scale;
    }
  }
  return out;
}

function refuseConstant({ squaresA, squaresB }: PairMoments, similarity: Similarity): void {
  for (const [side, squares] of [
    ['A', squaresA],
    ['B', squaresB],
  ] as const) {
    const unit = squares.indexOf(0);
    if (unit === -1) continue;
    const remedy = `Use ${similarity === 'pearson' ? 'pearson-zero-for-constant' : 'uncorrelatedness-one-for-constant'}.`;
    throw new BasinlabError(similarity, 'units that vary over the inputs', `unit ${unit} of ${side} constant`, { remedy });
  }
}
