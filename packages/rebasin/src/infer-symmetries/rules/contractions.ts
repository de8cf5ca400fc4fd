import { demand } from '@basinlab/core';
import { axisAt, type OpRule, type RuleContext, type Traced } from '../traced.js';
import { broadcast } from './elementwise.js';

// A contraction ties the two axes that it sums over and frees them: what moves both alike leaves the sum as it is.

/** What fused ops add after the product: bias, then an element-wise activation, whose own weights are one of the inputs. */
export function finish(product: Traced, inputs: Readonly<Record<string, Traced>>, at: RuleContext): Traced {
  const more = [inputs['bias'], inputs['preluActivationWeights']].filter((input) => input !== undefined);
  return more.reduce((x, other) => broadcast([x, other], x.dtype, at), product);
}

const matMul: OpRule = (inputs, { transposeA, transposeB }, at) => {
  const { a, b } = inputs as Record<'a' | 'b', Traced>;
  const [rankA, rankB] = [a.shape.length, b.shape.length];
  const [row, sumA] = transposeA === true ? [rankA - 1, rankA - 2] : [rankA - 2, rankA - 1];
  const [sumB, column] = transposeB === true ? [rankB - 1, rankB - 2] : [rankB - 2, rankB - 1];
  at.join([axisAt(a, sumA), axisAt(b, sumB)]);
  const head = (x: Traced): Traced => ({ ...x, shape: x.shape.slice(0, -2), axes: x.axes.slice(0, -2) });
  const batch = broadcast([head(a), head(b)], 'float32', at);
  const product: Traced = {
    dtype: 'float32',
    shape: [...batch.shape, a.shape[row]!, b.shape[column]!],
    axes: [...batch.axes, a.axes[row]!, b.axes[column]!],
  };
  return finish(product, inputs, at);
};

/** Every letter is one axis: tied wherever it stands, summed over where the result does not have it. */
const einsum: OpRule = (inputs, { equation }, at) => {
  const [left = '', right = ''] = (equation as string).replaceAll(/\s/g, '').split('->');
  demand(!left.includes('.'), at.op, 'an equation without ellipsis', equation);
  const places = new Map<string, ReturnType<typeof axisAt>[]>();
  const terms = left.split(',');
  Object.values(inputs).forEach((input, i) =>
    [...terms[i]!].forEach((letter, k) => places.set(letter, [...(places.get(letter) ?? []), axisAt(input, k)])),
  );
  const joined = new Map(
    Array.from(places, ([letter, axes]) => [letter, { axis: at.join(axes), size: axes.find(({ size }) => size !== 1)?.size ?? 1 }]),
  );
  const kept = [...right].map((letter) => joined.get(letter)!);
  return { dtype: 'float32', shape: kept.map(({ size }) => size), axes: kept.map(({ axis }) => axis) };
};

const batchNorm: OpRule = (inputs, _, at) => {
  const { x, mean, variance, offset, scale } = inputs;
  return broadcast(
    [x, mean, variance, offset, scale].filter((input) => input !== undefined),
    'float32',
    at,
  );
};

export const contractionRules: Readonly<Record<string, OpRule>> = {
  BatchMatMul: matMul,
  _FusedMatMul: matMul,
  Einsum: einsum,
  FusedBatchNorm: batchNorm,
};
