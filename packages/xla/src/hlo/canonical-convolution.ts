import { range } from './check.js';
import { Value } from './graph.js';
import type { Node } from './graph.js';
import type { ConvolutionAttrs, ConvolutionAxes } from './ops/convolution.js';
import { transpose } from './ops/shape.js';

// XLA's CPU compiler has fast code for convolutions of one layout only: images and results [batch, ...spatial, feature], kernels
// [...spatial, input, output]. It brings others into it, but not inside the body of a loop, where they fall to plain loops: the
// gradients of a training step, 19 times slower on a ResNet-8 (jax-ml/jax issue 12868).

/** A convolution as nodes with the layout above: transposes of its inputs, the convolution, and a transpose to the result. */
export function canonicalConvolution(node: Node): readonly Node[] {
  const attrs = node.attrs as ConvolutionAttrs;
  const { lhs, rhs, out } = attrs.axes;
  const [images, kernels] = node.inputs as [Value, Value];
  const [result] = node.outputs as [Value];
  const orders = {
    lhs: [lhs.batch, ...lhs.spatial, lhs.feature],
    rhs: [...rhs.spatial, rhs.input, rhs.output],
    out: [out.batch, ...out.spatial, out.feature],
  };
  if (attrs.batchGroups !== 1 || Object.values(orders).every(isSorted)) return [node];
  const before = [moved(images, orders.lhs), moved(kernels, orders.rhs)];
  const computed = like(
    result,
    orders.out.map((axis) => result.shape[axis]!),
  );
  const back = range(orders.out.length).map((axis) => orders.out.indexOf(axis));
  return [
    ...before,
    {
      ...node,
      inputs: before.map(({ outputs }) => outputs[0]!),
      outputs: [computed],
      attrs: { ...attrs, axes: canonical(lhs.spatial.length) },
    },
    { op: transpose, inputs: [computed], outputs: [result], attrs: { axes: back }, regions: [] },
  ];
}

function canonical(rank: number): ConvolutionAxes {
  const images = { batch: 0, feature: rank + 1, spatial: range(rank, 1) };
  return { lhs: images, rhs: { spatial: range(rank), input: rank, output: rank + 1 }, out: images };
}

const isSorted = (order: readonly number[]): boolean => order.every((axis, i) => axis === i);
const like = ({ graph, dtype }: Value, shape: readonly number[]): Value => new Value(graph, shape, dtype);
const moved = (x: Value, order: readonly number[]): Node => ({
  op: transpose,
  inputs: [x],
  outputs: [
    like(
      x,
      order.map((axis) => x.shape[axis]!),
    ),
  ],
  attrs: { axes: order },
  regions: [],
});
