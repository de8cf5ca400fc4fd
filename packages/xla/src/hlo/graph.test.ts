import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Client } from '../pjrt/index.js';
import { describeWithPlugin, testClient } from '../testing.fixture.js';
import { batchGraph } from './batch.js';
import { Builder } from './builder.js';
import { argExtreme, cumulative, matMul, take } from './composites.js';
import { Graph } from './graph.js';
import type { Value } from './graph.js';
import { runGraph } from './run-graph.fixture.js';
import { programText } from './text.js';
import type { TensorType } from './types.js';

const f32 = (...shape: number[]): TensorType => ({ shape, dtype: 'float32' });
const i32 = (...shape: number[]): TensorType => ({ shape, dtype: 'int32' });

function build(types: readonly TensorType[], body: (b: Builder, ...inputs: Value[]) => readonly Value[]): Graph {
  const graph = new Graph();
  graph.outputs = body(new Builder(graph), ...types.map((type) => graph.input(type)));
  return graph;
}

describe('shape rules say what was wrong', () => {
  const refused = (types: readonly TensorType[], body: (b: Builder, ...inputs: Value[]) => readonly Value[], message: string) =>
    expect(() => build(types, body)).toThrow(message);

  test('element-wise', () => {
    refused([f32(2), f32(3)], (b, x, y) => [b.add(x!, y!)], 'xla/broadcast: shapes that broadcast, got [2] and [3]');
    refused([f32(2), i32(2)], (b, x, y) => [b.add(x!, y!)], 'xla/add: inputs of equal shape and dtype, got float32[2] and int32[2]');
    refused([i32(2)], (b, x) => [b.exp(x!)], 'xla/exponential: a dtype that is float, got int32');
    refused(
      [f32(2), f32(2)],
      (b, x, y) => [b.select(x!, y!, 0)],
      'xla/select: a bool condition of the shape of its branches, got float32[2] for float32[2]',
    );
    refused([f32(2)], (b, x) => [b.bitcastConvert(x!, 'int64')], 'xla/bitcast_convert: dtypes of equal width');
  });

  test('products and reductions', () => {
    refused(
      [f32(2, 3), f32(4, 5)],
      (b, x, y) => [matMul(b, x!, y!)],
      'xla/dot_general: contracted sizes equal, got 3 and 4 (float32[2,3] and float32[4,5])',
    );
    refused([f32(2, 3)], (b, x) => [b.reduceSum(x!, [2])], 'xla/reduce: axes distinct and in 0..1, got [2]');
    refused([f32(3, 2)], (b, x) => [b.cholesky(x!)], 'xla/cholesky: square matrices, got float32[3,2]');
  });

  test('shapes and indices', () => {
    refused([f32(2, 3)], (b, x) => [b.reshape(x!, [4])], 'xla/reshape: 4 elements for [4], got 6 of float32[2,3]');
    refused([f32(2, 3)], (b, x) => [b.slice(x!, [0, 1], [2, 4])], 'xla/slice: bounds within float32[2,3]');
    refused([f32(2), f32(2, 2)], (b, x, y) => [b.concatenate([x!, y!], 0)], 'xla/concatenate: types equal except along axis 0');
    refused(
      [f32(4), f32()],
      (b, x, i) => [b.dynamicSlice(x!, [i!], [2])],
      'xla/dynamic_slice: start indices that are integer scalars, got ["float32[]"]',
    );
    refused(
      [f32(2)],
      (b, x) =>
        b.while(
          [x!],
          (c, v) => c.less(v!, 1),
          (_, v) => v!,
        ),
      'xla/while: a region (float32[2]) -> (bool[]), got (float32[2]) -> (bool[2])',
    );
  });

  test('values of another graph', () => {
    const other = build([f32(2)], (_, x) => [x!]);
    refused(
      [f32(2)],
      (b, x) => [b.add(x!, other.outputs[0]!)],
      'xla/add: inputs from this graph or one around it, got float32[2] of another graph',
    );
  });
});

describe('text', () => {
  test('leaves out what no output needs, and names aliases', () => {
    const graph = build([f32(2), f32(2)], (b, x, y) => {
      b.exp(y!);
      return [b.add(x!, 1)];
    });
    const text = programText(graph, { name: 'my step', aliases: new Map([[1, 0]]) });
    expect(text).toContain('module @my_step');
    expect(text).toContain('%arg1: tensor<2xf32> {tf.aliasing_output = 0 : i32}');
    expect(text).not.toContain('exponential');
  });

  test('keeps what only a region uses', () => {
    const graph = build([f32(2)], (b, x) => {
      const doubled = b.multiply(x!, 2);
      return b.while(
        [x!],
        (c, v) => c.less(c.reduceSum(v!, [0]), 10),
        (c, v) => c.add(v!, doubled),
      );
    });
    expect(programText(graph)).toContain('stablehlo.multiply');
  });

  test('splats stay short', () => {
    const text = programText(build([], (b) => [b.full(1, 'float32', [1000, 1000])]));
    expect(text.length).toBeLessThan(500);
  });
});

describeWithPlugin('programs', () => {
  let client: Client;
  beforeAll(() => {
    client = testClient();
  });
  afterAll(() => client.destroy());

  test('constants keep every bit', () => {
    const special = [0.1, -0, 1e-45, 3.4028234663852886e38, Infinity, -Infinity, NaN, 16777217];
    const singles = Float32Array.from(special);
    const bits = (values: Float32Array) => Array.from(new Int32Array(values.buffer));
    const graph = build([], (b) => [
      ...special.map((x) => b.bitcastConvert(b.full(x, 'float32'), 'int32')),
      b.bitcastConvert(b.constant(singles, 'float32', [8]), 'int32'),
    ]);
    const results = runGraph(client, graph, []);
    expect(results.slice(0, 8).flat()).toEqual(bits(singles));
    expect(results[8]).toEqual(bits(singles));
    const integers = build([], (b) => [
      b.full(-2147483648, 'int32'),
      b.convert(b.shiftRightLogical(b.full(0xffffffffffffffffn, 'uint64'), 33), 'int32'),
      b.full(0.1, 'float64'),
    ]);
    expect(runGraph(client, integers, [])).toEqual([[-2147483648], [2147483647], [0.1]]);
  });

  test('argExtreme takes the first of equals and any NaN', () => {
    const graph = build([f32(3, 4)], (b, x) => [argExtreme(b, x!, 1, 'maximum'), argExtreme(b, x!, 1, 'minimum')]);
    const x = [1, 3, 3, 2, -Infinity, -Infinity, -Infinity, -Infinity, 1, NaN, 5, NaN];
    expect(runGraph(client, graph, [x])).toEqual([
      [1, 0, 1],
      [0, 0, 1],
    ]);
  });

  test('cumulative sums and products, exclusive and reverse', () => {
    const graph = build([f32(5)], (b, x) => [
      cumulative(b, x!, 'add', 0),
      cumulative(b, x!, 'add', 0, { exclusive: true }),
      cumulative(b, x!, 'add', 0, { reverse: true }),
      cumulative(b, x!, 'multiply', 0, { reverse: true, exclusive: true }),
    ]);
    expect(runGraph(client, graph, [[1, 2, 3, 4, 5]])).toEqual([
      [1, 3, 6, 10, 15],
      [0, 1, 3, 6, 10],
      [15, 14, 12, 9, 5],
      [120, 60, 20, 5, 1],
    ]);
  });

  test('take along an axis, and paired with batch axes', () => {
    const graph = build([f32(2, 3), i32(2, 2)], (b, x, i) => [take(b, x!, i!, 1), take(b, x!, i!, 1, 1)]);
    expect(
      runGraph(client, graph, [
        [10, 11, 12, 20, 21, 22],
        [2, 0, 1, 9],
      ]),
    ).toEqual([
      [12, 10, 11, 12, 22, 20, 21, 22],
      [12, 10, 21, 22],
    ]);
  });

  test('products broadcast their batch axes', () => {
    const graph = build([f32(2, 1, 2), f32(2, 2)], (b, x, y) => [matMul(b, x!, y!), matMul(b, x!, y!, { transposeY: true })]);
    expect(
      runGraph(client, graph, [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ]),
    ).toEqual([
      [19, 22, 43, 50],
      [17, 23, 39, 53],
    ]);
  });

  test('a comparator that uses what vmap maps is refused', () => {
    const source = build([f32(3), f32()], (b, x, y) => b.sort([x!], 0, (c, a, other) => c.less(c.multiply(a!, y!), other!)));
    const target = new Graph();
    const inputs = [f32(3), f32(2)].map((type, i) => ({ value: target.input(type), mapped: i === 1 }));
    expect(() => batchGraph(target, source, inputs, 2)).toThrow('xla/sort: a region that does not use a mapped value');
  });
});
