import { argExtreme } from './composites.js';
import { Builder } from './builder.js';
import { Graph } from './graph.js';
import type { Value } from './graph.js';
import { ops } from './ops/index.js';
import type { TensorType } from './types.js';

/** One small use of an op: types of its inputs, the range their entries are drawn from, and the graph. */
export interface Example {
  readonly inputs: readonly TensorType[];
  /** Entries lie in [low, high). Default [-2, 2), integers in [-4, 4). */
  readonly range?: readonly [number, number];
  readonly build: (b: Builder, ...inputs: Value[]) => Value | readonly Value[];
  /** Largest difference relative to 1 + |expected| between vmap and a loop. Default 1e-6: another order of the same float32 sums. */
  readonly tolerance?: number;
}

export type OpName = keyof typeof ops;

const f32 = (...shape: number[]): TensorType => ({ shape, dtype: 'float32' });
const i32 = (...shape: number[]): TensorType => ({ shape, dtype: 'int32' });
const bool = (...shape: number[]): TensorType => ({ shape, dtype: 'bool' });

const unary = (name: OpName, range?: [number, number]): Example => ({
  inputs: [f32(2, 3)],
  ...(range ? { range } : {}),
  build: (b, x) => b.add1(ops[name as 'exp'], [x!], null),
});
const binary = (name: OpName, type: (...shape: number[]) => TensorType = f32, range?: [number, number]): Example => ({
  inputs: [type(2, 3), type(2, 3)],
  ...(range ? { range } : {}),
  build: (b, x, y) => b.add1(ops[name as 'add'], [x!, y!], null),
});

const images = {
  axes: {
    lhs: { batch: 0, feature: 3, spatial: [1, 2] },
    rhs: { input: 2, output: 3, spatial: [0, 1] },
    out: { batch: 0, feature: 3, spatial: [1, 2] },
  },
} as const;
const plainConvolution = {
  ...images,
  strides: [1, 1],
  padding: [
    [1, 1],
    [0, 1],
  ] as [number, number][],
  lhsDilation: [1, 1],
  rhsDilation: [1, 1],
  featureGroups: 1,
  batchGroups: 1,
};

/** At least one example for every row of the op table; the type refuses a row without one. */
export const examples: Readonly<Record<OpName, readonly Example[]>> = {
  abs: [unary('abs')],
  negate: [unary('negate')],
  sign: [unary('sign')],
  floor: [unary('floor')],
  ceil: [unary('ceil')],
  roundEven: [unary('roundEven')],
  exp: [unary('exp')],
  expm1: [unary('expm1')],
  log: [unary('log', [0.1, 3])],
  log1p: [unary('log1p', [-0.9, 3])],
  sqrt: [unary('sqrt', [0, 3])],
  rsqrt: [unary('rsqrt', [0.1, 3])],
  cbrt: [unary('cbrt')],
  logistic: [unary('logistic')],
  tanh: [unary('tanh')],
  sin: [unary('sin')],
  cos: [unary('cos')],
  tan: [unary('tan', [-1, 1])],
  asin: [unary('asin', [-1, 1])],
  acos: [unary('acos', [-1, 1])],
  atan: [unary('atan')],
  sinh: [unary('sinh')],
  cosh: [unary('cosh')],
  asinh: [unary('asinh')],
  acosh: [unary('acosh', [1, 3])],
  atanh: [unary('atanh', [-0.9, 0.9])],
  erf: [unary('erf')],
  erfInv: [unary('erfInv', [-0.9, 0.9])],
  not: [
    { inputs: [bool(2, 3)], build: (b, x) => b.not(x!) },
    { inputs: [i32(2, 3)], build: (b, x) => b.not(x!) },
  ],
  add: [binary('add'), binary('add', i32), { inputs: [f32(2, 3)], build: (b, x) => b.add(b.add(x!, 0.1), -0) }],
  subtract: [binary('subtract')],
  multiply: [binary('multiply')],
  divide: [binary('divide', f32, [0.5, 2])],
  remainder: [binary('remainder', f32, [0.5, 5])],
  maximum: [binary('maximum')],
  minimum: [binary('minimum')],
  power: [binary('power', f32, [0.5, 2])],
  atan2: [binary('atan2')],
  and: [binary('and', i32), binary('and', bool)],
  or: [binary('or', i32)],
  xor: [binary('xor', i32)],
  shiftLeft: [binary('shiftLeft', i32, [0, 5])],
  shiftRightArithmetic: [binary('shiftRightArithmetic', i32, [0, 5])],
  shiftRightLogical: [
    binary('shiftRightLogical', i32, [0, 5]),
    { inputs: [i32(3)], build: (b, x) => b.convert(b.shiftRightLogical(b.convert(x!, 'uint32'), 3), 'int32') },
  ],
  compare: [
    { inputs: [f32(3), f32(3)], build: (b, x, y) => [b.less(x!, y!), b.isNaN(b.log(x!))] },
    { inputs: [i32(4), i32(4)], build: (b, x, y) => [b.equal(x!, y!), b.greaterEqual(b.convert(x!, 'uint32'), b.convert(y!, 'uint32'))] },
    { inputs: [bool(4), bool(4)], build: (b, x, y) => b.notEqual(x!, y!) },
  ],
  select: [{ inputs: [bool(2, 3), f32(2, 3), f32(2, 3)], build: (b, c, x, y) => b.select(c!, x!, y!) }],
  clamp: [{ inputs: [f32(3), f32(3), f32(3)], build: (b, low, x, high) => b.clamp(low!, x!, high!) }],
  convert: [
    {
      inputs: [f32(2, 3)],
      build: (b, x) => [
        b.convert(x!, 'int32'),
        b.convert(x!, 'bool'),
        b.convert(b.convert(x!, 'bfloat16'), 'float32'),
        b.convert(b.convert(x!, 'float16'), 'float32'),
      ],
    },
    { inputs: [i32(2, 3)], build: (b, x) => [b.convert(b.convert(x!, 'int64'), 'float32'), b.convert(b.convert(x!, 'uint8'), 'int32')] },
  ],
  bitcastConvert: [{ inputs: [f32(3)], build: (b, x) => b.bitcastConvert(x!, 'int32') }],
  isFinite: [{ inputs: [f32(4)], build: (b, x) => b.isFinite(b.log(x!)) }],
  optimizationBarrier: [
    { inputs: [f32(2)], build: (b, x) => b.optimizationBarrier(x!) },
    { inputs: [f32(3), i32(2)], build: (b, x, y) => b.optimizationBarrier(x!, y!) },
  ],

  constant: [
    {
      inputs: [f32(5)],
      build: (b, x) => [
        b.add(x!, b.constant(Float32Array.of(1.5, -0, 1e-30, 3e38, 7), 'float32', [5])),
        b.full(NaN, 'float32', [2]),
        b.full(-Infinity, 'float32'),
        b.constant(Uint8Array.of(1, 0, 1), 'bool', [3]),
        b.full(true, 'bool'),
      ],
    },
  ],
  iota: [{ inputs: [i32(2, 3)], build: (b, x) => b.add(x!, b.iota('int32', [2, 3], 1)) }],
  broadcastInDim: [{ inputs: [f32(3)], build: (b, x) => b.broadcastInDim(x!, [2, 3, 4], [1]) }],
  reshape: [{ inputs: [f32(2, 6)], build: (b, x) => b.reshape(x!, [3, 4]) }],
  transpose: [{ inputs: [f32(2, 3, 4)], build: (b, x) => b.transpose(x!, [2, 0, 1]) }],
  reverse: [{ inputs: [f32(2, 3)], build: (b, x) => b.reverse(x!, [1]) }],
  slice: [{ inputs: [f32(4, 5)], build: (b, x) => b.slice(x!, [1, 0], [4, 5], [2, 3]) }],
  concatenate: [{ inputs: [f32(2, 1), f32(2, 3)], build: (b, x, y) => b.concatenate([x!, y!], 1) }],
  pad: [
    { inputs: [f32(2, 3), f32()], build: (b, x, value) => b.add1(ops.pad, [x!, value!], { low: [1, -1], high: [0, 2], interior: [2, 0] }) },
  ],

  dotGeneral: [
    { inputs: [f32(2, 3), f32(3, 4)], build: (b, x, y) => b.dotGeneral(x!, y!, { lhsContract: [1], rhsContract: [0] }) },
    { inputs: [f32(2, 3), f32(4, 3)], build: (b, x, y) => b.dotGeneral(x!, y!, { lhsContract: [1], rhsContract: [1] }) },
    {
      inputs: [f32(3, 2), f32(3, 4)],
      build: (b, x, y) => b.dotGeneral(x!, y!, { lhsContract: [0], rhsContract: [0], precision: 'default' }),
    },
    {
      inputs: [f32(5, 2, 3), f32(5, 4, 3)],
      build: (b, x, y) => b.dotGeneral(x!, y!, { lhsBatch: [0], rhsBatch: [0], lhsContract: [2], rhsContract: [2] }),
    },
    { inputs: [f32(3), f32(3)], build: (b, x, y) => b.dotGeneral(x!, y!, { lhsContract: [0], rhsContract: [0] }) },
    { inputs: [f32(2), f32(3)], build: (b, x, y) => b.dotGeneral(x!, y!, {}) },
  ],
  reduce: [
    { inputs: [f32(2, 3)], build: (b, x) => b.reduceSum(x!, [1]) },
    {
      inputs: [f32(2, 3, 4)],
      build: (b, x) => [b.reduceSum(x!, [0, 2]), b.reduceMax(x!, [1], true), b.reduceMin(x!, [0]), b.reduceProd(x!, [2])],
    },
    { inputs: [i32(2, 5)], build: (b, x) => [b.reduceMax(x!, [1]), b.reduceMin(x!, [1]), argExtreme(b, x!, 1, 'maximum')] },
    { inputs: [f32(2, 5)], build: (b, x) => [argExtreme(b, x!, 1, 'maximum'), argExtreme(b, b.log(x!), 1, 'minimum')] },
    { inputs: [bool(2, 3)], build: (b, x) => [b.reduceAnd(x!, [1]), b.reduceOr(x!, [0])] },
  ],
  reduceWindow: [
    { inputs: [f32(2, 6)], build: (b, x) => b.reduceWindow(x!, 'add', { window: [1, 3], strides: [1, 2] }) },
    {
      inputs: [f32(2, 6)],
      build: (b, x) => [
        b.reduceWindow(x!, 'maximum', {
          window: [1, 3],
          strides: [1, 2],
          padding: [
            [0, 0],
            [1, 1],
          ],
        }),
        b.reduceWindow(x!, 'add', { window: [2, 2], windowDilation: [1, 2] }),
      ],
    },
  ],
  selectAndScatter: [
    {
      inputs: [f32(2, 6), f32(2, 3)],
      build: (b, x, source) =>
        b.selectAndScatter(x!, source!, 'maximum', {
          window: [1, 2],
          strides: [1, 2],
          padding: [
            [0, 0],
            [0, 0],
          ],
        }),
    },
  ],

  dynamicSlice: [{ inputs: [f32(5, 4), i32(), i32()], range: [-3, 6], build: (b, x, i, j) => b.dynamicSlice(x!, [i!, j!], [2, 3]) }],
  dynamicUpdateSlice: [
    {
      inputs: [f32(5, 4), f32(2, 3), i32(), i32()],
      range: [-3, 6],
      build: (b, x, update, i, j) => b.dynamicUpdateSlice(x!, update!, [i!, j!]),
    },
  ],
  gather: [
    {
      inputs: [f32(5, 4), i32(3)],
      range: [-1, 6],
      build: (b, x, indices) =>
        b.gather(x!, indices!, {
          offsetAxes: [1],
          collapsedAxes: [0],
          operandBatchAxes: [],
          indexBatchAxes: [],
          startIndexMap: [0],
          indexVectorAxis: 1,
          sliceSizes: [1, 4],
        }),
    },
    {
      inputs: [f32(2, 5), i32(2, 3)],
      range: [0, 5],
      build: (b, x, indices) =>
        b.gather(x!, indices!, {
          offsetAxes: [],
          collapsedAxes: [1],
          operandBatchAxes: [0],
          indexBatchAxes: [0],
          startIndexMap: [1],
          indexVectorAxis: 2,
          sliceSizes: [1, 1],
        }),
    },
    {
      inputs: [f32(5, 4), i32(2, 3)],
      range: [0, 5],
      build: (b, x, indices) =>
        b.gather(x!, indices!, {
          offsetAxes: [0, 1],
          collapsedAxes: [],
          operandBatchAxes: [],
          indexBatchAxes: [],
          startIndexMap: [0, 1],
          indexVectorAxis: 0,
          sliceSizes: [2, 2],
        }),
    },
  ],
  scatter: [
    {
      inputs: [f32(5, 2), i32(3, 1), f32(3, 2)],
      range: [-1, 6],
      build: (b, x, indices, updates) =>
        b.scatter(x!, indices!, updates!, 'add', {
          updateWindowAxes: [1],
          insertedAxes: [0],
          operandBatchAxes: [],
          indexBatchAxes: [],
          indexMap: [0],
          indexVectorAxis: 1,
        }),
    },
    {
      inputs: [f32(2, 5), i32(2, 3), f32(2, 3)],
      range: [0, 5],
      build: (b, x, indices, updates) =>
        b.scatter(x!, indices!, updates!, 'maximum', {
          updateWindowAxes: [],
          insertedAxes: [1],
          operandBatchAxes: [0],
          indexBatchAxes: [0],
          indexMap: [1],
          indexVectorAxis: 2,
        }),
    },
    {
      inputs: [f32(6), i32(1, 1), f32(1)],
      range: [0, 6],
      build: (b, x, indices, updates) =>
        b.scatter(x!, indices!, updates!, 'replace', {
          updateWindowAxes: [],
          insertedAxes: [0],
          operandBatchAxes: [],
          indexBatchAxes: [],
          indexMap: [0],
          indexVectorAxis: 1,
        }),
    },
  ],

  sort: [
    { inputs: [f32(2, 5)], build: (b, x) => b.sort([x!, b.iota('int32', [2, 5], 1)], 1, (r, a, c) => r.less(a!, c!)) },
    { inputs: [i32(7), f32(7)], build: (b, keys, values) => b.sort([keys!, values!], 0, (r, a, c) => r.greater(a!, c!)) },
  ],
  topK: [{ inputs: [f32(2, 6)], build: (b, x) => b.topK(x!, 3) }],
  cholesky: [
    {
      inputs: [f32(3, 3)],
      build: (b, x) => {
        const gram = b.add(
          b.dotGeneral(x!, x!, { lhsContract: [1], rhsContract: [1] }),
          b.select(b.equal(b.iota('int32', [3, 3], 0), b.iota('int32', [3, 3], 1)), b.full(1, 'float32'), 0),
        );
        const lower = b.greaterEqual(b.iota('int32', [3, 3], 0), b.iota('int32', [3, 3], 1));
        return [b.select(lower, b.cholesky(gram), 0), b.select(lower, b.convert(b.cholesky(b.convert(gram, 'float64')), 'float32'), 0)];
      },
      tolerance: 1e-5,
    },
  ],
  complex: [{ inputs: [f32(2, 3), f32(2, 3)], build: (b, x, y) => [b.real(b.complex(x!, y!)), b.imag(b.complex(x!, y!))] }],
  real: [{ inputs: [f32(4)], build: (b, x) => b.real(b.complex(x!, b.negate(x!))) }],
  imag: [{ inputs: [f32(4)], build: (b, x) => b.imag(b.complex(x!, b.negate(x!))) }],
  fft: [false, true].map((inverse) => ({
    inputs: [f32(2, 6), f32(2, 6)],
    build: (b, x, y) => [b.real(b.fft(b.complex(x!, y!), inverse)), b.imag(b.fft(b.complex(x!, y!), inverse))],
    tolerance: 1e-5,
  })),
  triangularSolve: [
    {
      inputs: [f32(3, 3), f32(3, 2)],
      range: [0.5, 2],
      build: (b, a, y) => [
        b.triangularSolve(a!, y!),
        b.triangularSolve(a!, y!, { transposeA: true, lower: false, unitDiagonal: true }),
        b.triangularSolve(a!, b.transpose(y!, [1, 0]), { leftSide: false }),
      ],
      tolerance: 1e-5,
    },
  ],

  convolution: [
    { inputs: [f32(2, 5, 4, 3), f32(3, 2, 3, 4)], build: (b, x, k) => b.convolution(x!, k!, plainConvolution), tolerance: 1e-5 },
    {
      inputs: [f32(2, 5, 4, 4), f32(3, 2, 2, 6)],
      build: (b, x, k) => b.convolution(x!, k!, { ...plainConvolution, strides: [2, 1], featureGroups: 2 }),
      tolerance: 1e-5,
    },
    {
      inputs: [f32(2, 5, 4, 3), f32(3, 2, 3, 4)],
      build: (b, x, k) =>
        b.convolution(x!, k!, {
          ...plainConvolution,
          lhsDilation: [2, 1],
          rhsDilation: [1, 2],
          padding: [
            [2, 0],
            [1, 1],
          ],
        }),
      tolerance: 1e-5,
    },
    {
      inputs: [f32(4, 5, 4, 3), f32(3, 2, 3, 6)],
      build: (b, x, k) => b.convolution(x!, k!, { ...plainConvolution, batchGroups: 2 }),
      tolerance: 1e-5,
    },
  ],

  while: [
    {
      // x doubles until its sum passes y; the number of turns depends on the data
      inputs: [f32(2), f32()],
      range: [0.1, 9],
      build: (b, x, y) =>
        b.while(
          [x!, b.full(0, 'int32')],
          (c, value) => c.less(c.reduceSum(value!, [0]), y!),
          (c, value, turns) => [c.multiply(value!, 2), c.add(turns!, 1)],
        ),
    },
    {
      // a fixed number of turns; only some of the carry depends on the inputs, and a captured value is added
      inputs: [f32(3), f32(3)],
      build: (b, x, y) =>
        b.while(
          [b.full(0, 'int32'), b.full(1, 'float32', [3]), x!, b.full(2, 'float32')],
          (c, i) => c.less(i!, 3),
          (c, i, sum, value, free) => [
            c.add(i!, 1),
            c.add(sum!, c.multiply(y!, c.convert(i!, 'float32'))),
            c.negate(value!),
            c.multiply(free!, 1.5),
          ],
        ),
    },
    {
      // nested, the inner bound depending on the outer counter
      inputs: [f32()],
      build: (b, x) =>
        b.while(
          [b.full(0, 'int32'), x!],
          (c, i) => c.less(i!, 3),
          (c, i, value) => [
            c.add(i!, 1),
            c.while(
              [i!, value!],
              (d, j) => d.less(j!, 3),
              (d, j, inner) => [d.add(j!, 1), d.add(d.multiply(inner!, 0.5), x!)],
            )[1]!,
          ],
        ),
    },
  ],
};

/** The example as a graph. */
export function exampleGraph({ inputs, build }: Example): Graph {
  const graph = new Graph();
  const result = build(new Builder(graph), ...inputs.map((type) => graph.input(type)));
  graph.outputs = Array.isArray(result) ? (result as readonly Value[]) : [result as Value];
  return graph;
}
