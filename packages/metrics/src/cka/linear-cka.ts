import * as tf from '@tensorflow/tfjs-core';
import { BasinlabError, demand, type ActivationBatch, type Metric } from '@basinlab/tensor';
import { mergePairMoments, pairMomentsSync, type PairMoments } from '@basinlab/tensor/statistics';

type Column = ActivationBatch['columns'][number];

/** Models and columns that are compared. */
export interface LinearCkaOptions {
  /** The two models that are compared: columns of the same layer and site form a pair. Default `a` and `b`. */
  readonly models?: readonly [string, string];
  /** Compare these two columns instead, by name, for example two layers of one model. */
  readonly columns?: readonly [string, string];
}

/** Per pair of columns: moments of the units of both together, in float64. */
export type LinearCkaState = ReadonlyMap<
  string,
  { readonly labels: Readonly<Record<string, string>>; readonly units: number; readonly moments: PairMoments }
>;

const columnLabels = (['a', 'b'] as const).map((name) => ({ name, summary: 'column that is compared', type: 'text' as const }));

/**
 * Linear centred kernel alignment of two sets of activations on the same inputs: with centred X and Y,
 * |Y^T X|_F^2 / (|X^T X|_F |Y^T Y|_F), in [0, 1]; 1 where one is an orthogonal map, shift and isotropic scale of the other. Units may differ in
 * number; positions of a convolution count as samples. NaN where a side is constant, and where there is one sample only. Not its square, which
 * the code of arXiv 2606.04754 calls CKA. Read batch by batch; needs moments of (unitsA + unitsB)^2 numbers. Kornblith et al. 2019, eq. 4.
 * One row `cka` for every layer and site, labelled by them, or by the two columns.
 */
export function createLinearCka({ models = ['a', 'b'], columns }: LinearCkaOptions = {}): Metric<LinearCkaState> {
  return {
    id: 'cka',
    inputs: columns === undefined ? models.map((model) => `activations:${model}`) : [...columns],
    range: [0, 1],
    better: 'higher',
    ...(columns === undefined ? {} : { labels: columnLabels }),
    init: () => new Map(),
    update: (state, batch) => {
      const next = new Map(state);
      for (const { labels, a, b } of pairsOf(batch, models, columns)) {
        const key = JSON.stringify(labels);
        const moments = jointMoments(a.tensor, b.tensor);
        const before = next.get(key);
        next.set(key, {
          labels,
          units: a.tensor.shape.at(-1)!,
          moments: before === undefined ? moments : mergePairMoments(before.moments, moments),
        });
      }
      return next;
    },
    result: (state) => [...state.values()].map(({ labels, units, moments }) => ({ name: 'cka', labels, value: ckaOf(moments, units) })),
  };
}

/** {@link createLinearCka} of the models `a` and `b`. */
export const linearCka: Metric<LinearCkaState> = createLinearCka();

function pairsOf(
  { columns }: ActivationBatch,
  [left, right]: readonly [string, string],
  named: LinearCkaOptions['columns'],
): { labels: Record<string, string>; a: Column; b: Column }[] {
  if (named !== undefined) {
    const [a, b] = named.map((name) => {
      const column = columns.find((candidate) => candidate.name === name);
      if (column === undefined)
        throw new BasinlabError('cka', `a column ${name}`, columns.map((each) => each.name).join(', ') || 'no column');
      return column;
    });
    return [{ labels: { a: named[0], b: named[1] }, a: a!, b: b! }];
  }
  const pairs = columns.flatMap((a) => {
    if (a.field.model !== left) return [];
    const { layer, site } = a.field;
    const b = columns.find(({ field }) => field.model === right && field.layer === layer && field.site === site);
    return b === undefined ? [] : [{ labels: { layer, site }, a, b }];
  });
  demand(
    pairs.length > 0,
    'cka',
    `columns of the models ${left} and ${right} at the same layer and site`,
    columns.map(({ field }) => `${field.model} ${field.layer} ${field.site}`).join(', ') || 'no column',
    'Name models or columns with createLinearCka({ models, columns }).',
  );
  return pairs;
}

/** Moments of [X Y] with itself: their three blocks are what CKA is made of. */
function jointMoments(a: tf.Tensor, b: tf.Tensor): PairMoments {
  demand(a.shape.slice(0, -1).join() === b.shape.slice(0, -1).join(), 'cka', 'activations on the same rows', [a.shape, b.shape]);
  const both = tf.concat([a, b], -1);
  try {
    return pairMomentsSync(both, both);
  } finally {
    both.dispose();
  }
}

function ckaOf({ rows, unitsA: all, cross, squaresA }: PairMoments, units: number): number {
  const constant = (from: number, to: number): boolean => squaresA.subarray(from, to).every((square) => square === 0);
  if (rows < 2 || constant(0, units) || constant(units, all)) return NaN;
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < all; i++) {
    for (let j = 0; j < all; j++) {
      const square = cross[i * all + j]! ** 2;
      if (i < units && j < units) xx += square;
      else if (i >= units && j >= units) yy += square;
      else if (i < units) xy += square;
    }
  }
  return xy / (Math.sqrt(xx) * Math.sqrt(yy));
}
