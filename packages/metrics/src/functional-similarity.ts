import * as tf from '@tensorflow/tfjs-core';
import {
  BasinlabError,
  demand,
  jit,
  map,
  type ActivationBatch,
  type Graph,
  type Metric,
  type Network,
  type Variables,
} from '@basinlab/tensor';

/** Counts so far. */
export interface AgreementState {
  readonly rows: number;
  readonly agreeing: number;
}

/**
 * Share of rows on which two models predict the same class, in [0, 1]: the columns `logits` of the models `a` and `b`, both [rows, classes].
 * Of several equal logits the first counts. NaN without rows.
 */
export const functionalSimilarity: Metric<AgreementState> = {
  id: 'functional-similarity',
  inputs: ['logits:a', 'logits:b'],
  range: [0, 1],
  better: 'higher',
  init: () => ({ rows: 0, agreeing: 0 }),
  update: (state, batch) => {
    const [a, b] = [logitsOf(batch, 'a'), logitsOf(batch, 'b')];
    demand(a.shape.join() === b.shape.join() && a.rank === 2, 'functional-similarity', 'logits [rows, classes] of both on the same rows', [
      a.shape,
      b.shape,
    ]);
    const count = tf.tidy(() => countAgreeing(a, b));
    const agreeing = count.dataSync()[0]!;
    count.dispose();
    return { rows: state.rows + batch.rows, agreeing: state.agreeing + agreeing };
  },
  result: ({ rows, agreeing }) => [{ name: 'functional-similarity', value: agreeing / rows }],
};

/** How often two models predict the same. */
export interface Agreement {
  /** Share of samples with the same prediction, in [0, 1]; NaN without samples. */
  readonly similarity: number;
  readonly agreeing: number;
  readonly samples: number;
}

/**
 * Functional similarity of two models of one network on splits of data, and the unweighted mean over splits, as arXiv 2606.04754 reports it.
 * `inputs` [samples, ...]; `batch` rows at a time, default 1000.
 */
export async function measureFunctionalSimilarity<S extends string>(
  network: Network,
  a: Variables,
  b: Variables,
  splits: Readonly<Record<S, { readonly inputs: tf.Tensor }>>,
  { batch = 1000, graph }: { batch?: number; graph?: Graph } = {},
): Promise<{ splits: Readonly<Record<S, Agreement>>; mean: number }> {
  const program = jit(
    (left: Variables, right: Variables, inputs: tf.Tensor): tf.Tensor => {
      const of = (x: tf.Tensor): tf.Tensor => {
        const settings = graph === undefined ? {} : { graph };
        return countAgreeing(network.apply(left, x, settings).logits, network.apply(right, x, settings).logits);
      };
      const [rows = 0, ...shape] = inputs.shape;
      const full = Math.floor(rows / batch);
      const sums: tf.Tensor[] = [];
      if (full > 0) sums.push(map(of, tf.reshape(tf.slice(inputs, 0, full * batch), [full, batch, ...shape])));
      if (rows > full * batch) sums.push(tf.reshape(of(tf.slice(inputs, full * batch)), [1]));
      return tf.concat(sums);
    },
    { name: 'functional-similarity' },
  );
  try {
    const measured: [string, Agreement][] = [];
    for (const [name, { inputs }] of Object.entries<{ inputs: tf.Tensor }>(splits)) {
      const samples = inputs.shape[0]!;
      demand(samples > 0, 'functional-similarity', `samples in the split ${name}`, samples);
      const counts = program(a, b, inputs);
      const agreeing = Array.from(await counts.data()).reduce((sum, count) => sum + count, 0);
      counts.dispose();
      measured.push([name, { similarity: agreeing / samples, agreeing, samples }]);
    }
    const mean = measured.reduce((sum, [, { similarity }]) => sum + similarity, 0) / measured.length;
    return { splits: Object.fromEntries(measured) as Record<S, Agreement>, mean };
  } finally {
    program.dispose();
  }
}

const countAgreeing = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.sum(tf.cast(tf.equal(tf.argMax(a, -1), tf.argMax(b, -1)), 'float32'));

function logitsOf({ columns }: ActivationBatch, model: string): tf.Tensor {
  const column = columns.find(({ name, field }) => name === `logits:${model}` || (field.layer === 'logits' && field.model === model));
  const got = columns.map(({ name }) => name).join(', ') || 'no column';
  if (column === undefined)
    throw new BasinlabError('functional-similarity', `a column logits:${model}, or one of the layer logits of model ${model}`, got);
  return column.tensor;
}
