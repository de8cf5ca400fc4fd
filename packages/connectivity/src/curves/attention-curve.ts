import { demand } from '@basinlab/core';
import { Matrix } from 'ml-matrix';
import type { ExponentialFactors } from '../linear-algebra/index.js';
import type { Curve, Point } from './curve.js';
import { flow, inverseFlow, multiply, still, transposed, type Jet } from './jet.js';

/**
 * The weights of attention, [outputs, inputs] as PyTorch keeps them: query and key [heads * k, d], value [heads * v, d], output [d, heads * v]. Biases of
 * query, key and value may follow as a last column.
 */
export interface AttentionWeights {
  readonly query: Matrix;
  readonly key: Matrix;
  readonly value: Matrix;
  readonly output: Matrix;
}

/** Per head: the elements of GL_k that act on the pair of query and key, and of GL_v on value and output; null leaves a pair as it is. */
export interface AttentionElement {
  readonly queryKey: readonly (ExponentialFactors | null)[];
  readonly valueOutput: readonly (ExponentialFactors | null)[];
}

/**
 * The curve along which attention computes the same: per head key -> g key and query -> g^-T query (scores hold query^T key), value -> g value and
 * output -> output g^-1, with g = exp(t M). The points' parameters are named `query`, `key`, `value` and `output`.
 * @throws BasinlabError where the numbers of heads and sizes do not fit
 */
export function attentionCurve(weights: AttentionWeights, { queryKey, valueOutput }: AttentionElement): Curve {
  const heads = queryKey.length;
  demand(heads > 0 && valueOutput.length === heads, 'attentionCurve', 'elements for the same heads', [heads, valueOutput.length]);
  const { query, key, value, output } = weights;
  demand(query.rows === key.rows && query.rows % heads === 0, 'attentionCurve', `query and key with rows for ${heads} heads`, [
    query.rows,
    key.rows,
  ]);
  demand(value.rows === output.columns && value.rows % heads === 0, 'attentionCurve', `values for ${heads} heads`, [
    value.rows,
    output.columns,
  ]);
  const sizes = { queryKey: query.rows / heads, valueOutput: value.rows / heads };
  for (const [pair, own] of Object.entries({ queryKey, valueOutput })) {
    const size = sizes[pair as keyof AttentionElement];
    for (const m of own.flatMap((factors) => factors ?? [])) {
      demand(m.rows === size && m.columns === size, 'attentionCurve', `elements of ${pair} of size ${size}`, [m.rows, m.columns]);
    }
  }
  const jets = (t: number): Record<keyof AttentionWeights, Jet> => {
    const turn = (own: readonly (ExponentialFactors | null)[], size: number): { forward: Jet; backward: Jet } => ({
      forward: blockDiagonal(own.map((factors) => (factors === null ? still(Matrix.eye(size)) : flow(factors, t)))),
      backward: blockDiagonal(own.map((factors) => (factors === null ? still(Matrix.eye(size)) : inverseFlow(factors, t)))),
    });
    const scores = turn(queryKey, sizes.queryKey);
    const values = turn(valueOutput, sizes.valueOutput);
    return {
      query: multiply(transposed(scores.backward), still(query)),
      key: multiply(scores.forward, still(key)),
      value: multiply(values.forward, still(value)),
      output: multiply(still(output), values.backward),
    };
  };
  const point = (all: Record<keyof AttentionWeights, Jet>, part: keyof Jet): Point =>
    Object.fromEntries(Object.entries(all).map(([name, jet]) => [name, Float64Array.from(jet[part].to1DArray())]));
  return {
    at: (t) => point(jets(t), 'value'),
    motion: (t) => {
      const all = jets(t);
      return { position: point(all, 'value'), velocity: point(all, 'first'), acceleration: point(all, 'second') };
    },
  };
}

function blockDiagonal(blocks: readonly Jet[]): Jet {
  const assembled = (part: keyof Jet): Matrix => {
    const size = blocks.reduce((sum, block) => sum + block.value.rows, 0);
    const whole = Matrix.zeros(size, size);
    let at = 0;
    for (const block of blocks) {
      whole.setSubMatrix(block[part], at, at);
      at += block[part].rows;
    }
    return whole;
  };
  return { value: assembled('value'), first: assembled('first'), second: assembled('second') };
}
