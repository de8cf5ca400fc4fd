/**
 * The writing side of the graph: what kernels are made of.
 *
 * ```ts
 * const softmax: Lowering = (b, { logits }) => {
 *   const x = one(logits);
 *   const last = [x.shape.length - 1];
 *   const e = b.exp(b.subtract(x, b.reduceMax(x, last, true)));
 *   return b.divide(e, b.reduceSum(e, last, true));
 * };
 * ```
 *
 * A `Value` has a static `shape` and a `dtype`; methods append an op and return its result. Element-wise methods broadcast as NumPy does
 * and take plain numbers, which become constants of the other operand's dtype; dtypes must agree otherwise (`b.convert(x, 'int32')`).
 * Axes are counted from 0; negative axes are the kernel's business. Wrong shapes throw `xla/<op>: <requirement>, got <types>`.
 * Larger pieces are functions in `composites.ts`: `matMul(b, x, y)`, `take(b, x, indices, axis)`, `argExtreme`, `cumulative`. Regions (loop
 * bodies, comparators) are functions `(b, ...inputs) => results` that must append to the Builder they get and may use values from outside.
 * Constants: `b.full(value, dtype, shape)`, `b.constant(typedArray, dtype, shape)`, `b.iota(dtype, shape, axis)`. `b.apply(ops.x, inputs,
 * attrs, regions)` appends any row of the op table. int64, float64, uint32 and half types may be used inside a kernel; its results must be
 * float32, int32, bool or complex64.
 */
import { demand } from '@basinlab/tensor';
import { range } from './check.js';
import type { Graph } from './graph.js';
import type { Value } from './graph.js';
import type { Op } from './op.js';
import { pick } from './picks.js';
import { ops } from './ops/index.js';
import type { Comparison, ConvolutionAttrs, DotAttrs, GatherAttrs, ScatterAttrs, TriangularSolveAttrs, WindowAttrs } from './ops/index.js';
import { elementTypes, sameShape, sizeOf } from './types.js';
import type { DType, Precision, TensorType } from './types.js';

export type Operand = Value | number;
export type RegionBody = (b: Builder, ...inputs: Value[]) => Value | readonly Value[];
export type FoldKind = 'add' | 'multiply' | 'maximum' | 'minimum' | 'and' | 'or';

export class Builder {
  private readonly scalars = new Map<string, Value>();

  constructor(
    readonly graph: Graph,
    /** Precision of `dotGeneral` and `convolution` unless their attributes say otherwise. */
    readonly precision: Precision = 'highest',
  ) {}

  // --- any op -----------------------------------------------------------------------------------------------------------------------

  /** Appends any op of the table. */
  apply<A>(op: Op<A>, inputs: readonly Value[], attrs: A, regions: readonly Graph[] = []): Value[] {
    return this.graph.add(op, inputs, attrs, regions);
  }

  /** `apply` for ops with one result. */
  add1<A>(op: Op<A>, inputs: readonly Value[], attrs: A, regions: readonly Graph[] = []): Value {
    return this.graph.add(op, inputs, attrs, regions)[0]!;
  }

  /** A region with inputs of the given types. */
  region(types: readonly TensorType[], body: RegionBody): Graph {
    const graph = this.graph.region();
    const result = body(new Builder(graph, this.precision), ...types.map((type) => graph.input(type)));
    graph.outputs = Array.isArray(result) ? (result as readonly Value[]) : [result as Value];
    return graph;
  }

  // --- constants --------------------------------------------------------------------------------------------------------------------

  /** A constant of one repeated number, scalar by default. */
  full(value: number | bigint | boolean, dtype: DType, shape: readonly number[] = []): Value {
    const number = typeof value === 'boolean' ? Number(value) : value;
    const key = `${dtype} ${Object.is(number, -0) ? '-0' : number}`;
    let scalar = this.scalars.get(key);
    if (!scalar) {
      scalar = this.add1(ops.constant, [], { value: number, type: { shape: [], dtype } });
      this.scalars.set(key, scalar);
    }
    return shape.length === 0 ? scalar : this.broadcastInDim(scalar, shape, []);
  }

  scalar(value: number | bigint | boolean, dtype: DType): Value {
    return this.full(value, dtype);
  }

  /** A constant with the elements of a typed array of the dtype's own layout (bool: one byte each). */
  constant(values: ArrayBufferView, dtype: DType, shape: readonly number[]): Value {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
    if (dtype === 'bool') return this.notEqual(this.constant(bytes, 'uint8', shape), 0);
    return this.add1(ops.constant, [], { value: bytes, type: { shape, dtype } });
  }

  /** 0, 1, 2, ... along `axis`. */
  iota(dtype: DType, shape: readonly number[], axis: number): Value {
    return this.add1(ops.iota, [], { axis, type: { shape, dtype } });
  }

  // --- element by element -----------------------------------------------------------------------------------------------------------

  private un = (op: Op<null>) => (x: Value) => this.add1(op, [x], null);
  abs = this.un(ops.abs);
  negate = this.un(ops.negate);
  sign = this.un(ops.sign);
  floor = this.un(ops.floor);
  ceil = this.un(ops.ceil);
  roundEven = this.un(ops.roundEven);
  exp = this.un(ops.exp);
  expm1 = this.un(ops.expm1);
  log = this.un(ops.log);
  log1p = this.un(ops.log1p);
  sqrt = this.un(ops.sqrt);
  rsqrt = this.un(ops.rsqrt);
  cbrt = this.un(ops.cbrt);
  logistic = this.un(ops.logistic);
  tanh = this.un(ops.tanh);
  sin = this.un(ops.sin);
  cos = this.un(ops.cos);
  tan = this.un(ops.tan);
  asin = this.un(ops.asin);
  acos = this.un(ops.acos);
  atan = this.un(ops.atan);
  sinh = this.un(ops.sinh);
  cosh = this.un(ops.cosh);
  asinh = this.un(ops.asinh);
  acosh = this.un(ops.acosh);
  atanh = this.un(ops.atanh);
  erf = this.un(ops.erf);
  erfInv = this.un(ops.erfInv);
  not = this.un(ops.not);
  isFinite = this.un(ops.isFinite);

  private bin = (op: Op<null>) => (x: Operand, y: Operand) => this.add1(op, this.broadcast(x, y), null);
  add = this.bin(ops.add);
  subtract = this.bin(ops.subtract);
  multiply = this.bin(ops.multiply);
  divide = this.bin(ops.divide);
  /** Sign of the dividend, as `%`. */
  remainder = this.bin(ops.remainder);
  maximum = this.bin(ops.maximum);
  minimum = this.bin(ops.minimum);
  power = this.bin(ops.power);
  atan2 = this.bin(ops.atan2);
  and = this.bin(ops.and);
  or = this.bin(ops.or);
  xor = this.bin(ops.xor);
  shiftLeft = this.bin(ops.shiftLeft);
  shiftRightArithmetic = this.bin(ops.shiftRightArithmetic);
  shiftRightLogical = this.bin(ops.shiftRightLogical);

  private cmp = (direction: Comparison) => (x: Operand, y: Operand) => this.add1(ops.compare, this.broadcast(x, y), { direction });
  equal = this.cmp('EQ');
  notEqual = this.cmp('NE');
  less = this.cmp('LT');
  lessEqual = this.cmp('LE');
  greater = this.cmp('GT');
  greaterEqual = this.cmp('GE');
  isNaN = (x: Value): Value => this.notEqual(x, x);

  /** `condition ? x : y`, all three broadcast. */
  select(condition: Value, x: Operand, y: Operand): Value {
    const [a, b] = this.broadcast(x, y) as [Value, Value];
    const shape = broadcastShape('select', condition.shape, a.shape);
    return this.add1(ops.select, [this.broadcastTo(condition, shape), this.broadcastTo(a, shape), this.broadcastTo(b, shape)], null);
  }

  clamp(low: Operand, x: Value, high: Operand): Value {
    const bound = (value: Operand) => this.broadcastTo(typeof value === 'number' ? this.full(value, x.dtype) : value, x.shape);
    return this.add1(ops.clamp, [bound(low), x, bound(high)], null);
  }

  /** float -> int rounds toward zero, number -> bool is `!= 0`. No op where the dtype is already right. */
  convert(x: Value, dtype: DType): Value {
    return x.dtype === dtype ? x : this.add1(ops.convert, [x], { dtype });
  }

  bitcastConvert(x: Value, dtype: DType): Value {
    return this.add1(ops.bitcastConvert, [x], { dtype });
  }

  optimizationBarrier(...values: Value[]): Value[] {
    return this.apply(ops.optimizationBarrier, values, null);
  }

  // --- shape ------------------------------------------------------------------------------------------------------------------------

  /** Operands of one shape, as NumPy broadcasts them. */
  broadcast(...operands: Operand[]): Value[] {
    const typed = operands.find((operand): operand is Value => typeof operand !== 'number');
    demand(typed !== undefined, 'xla/broadcast', 'an operand that is not a plain number', operands);
    const values = operands.map((operand) => (typeof operand === 'number' ? this.full(operand, typed.dtype) : operand));
    const shape = values.map((value) => value.shape).reduce((a, b) => broadcastShape('broadcast', a, b));
    return values.map((value) => this.broadcastTo(value, shape));
  }

  /** Repeats along new leading axes and axes of size 1. */
  broadcastTo(x: Value, shape: readonly number[]): Value {
    if (sameShape(x.shape, shape)) return x;
    const offset = shape.length - x.shape.length;
    demand(
      offset >= 0 && x.shape.every((size, i) => size === 1 || size === shape[i + offset]),
      'xla/broadcast',
      `a shape that broadcasts to [${shape.join(',')}]`,
      `[${x.shape.join(',')}]`,
    );
    const kept = range(x.shape.length).filter((i) => x.shape[i] === shape[i + offset]);
    return this.broadcastInDim(
      this.reshape(
        x,
        kept.map((i) => x.shape[i]!),
      ),
      shape,
      kept.map((i) => i + offset),
    );
  }

  /** Input axis `i` becomes result axis `axes[i]`; the others repeat. */
  broadcastInDim(x: Value, shape: readonly number[], axes: readonly number[]): Value {
    return sameShape(x.shape, shape) && axes.every((axis, i) => axis === i) ? x : this.add1(ops.broadcastInDim, [x], { shape, axes });
  }

  reshape(x: Value, shape: readonly number[]): Value {
    if (sameShape(x.shape, shape)) return x;
    const isWhole = (channels: number) => [x.shape, shape].every((each) => each.length > 0 && each.at(-1)! % channels === 0);
    return pick(this, x, isWhole, (from) => this.add1(ops.reshape, [from], { shape }));
  }

  /** Inserts axes of size 1; positions refer to the result. */
  expandDims(x: Value, axes: readonly number[]): Value {
    const sizes = x.shape[Symbol.iterator]();
    return this.reshape(
      x,
      range(x.shape.length + axes.length).map((axis) => (axes.includes(axis) ? 1 : sizes.next().value!)),
    );
  }

  /** Removes axes of size 1. */
  squeeze(x: Value, axes: readonly number[]): Value {
    return this.reshape(
      x,
      x.shape.filter((_, axis) => !axes.includes(axis)),
    );
  }

  flatten(x: Value): Value {
    return this.reshape(x, [sizeOf(x.shape)]);
  }

  /** Result axis `i` is input axis `axes[i]`. */
  transpose(x: Value, axes: readonly number[]): Value {
    return axes.every((axis, i) => axis === i) ? x : this.add1(ops.transpose, [x], { axes });
  }

  reverse(x: Value, axes: readonly number[]): Value {
    return axes.length === 0 ? x : this.add1(ops.reverse, [x], { axes });
  }

  slice(x: Value, start: readonly number[], limit: readonly number[], strides: readonly number[] = x.shape.map(() => 1)): Value {
    const last = x.shape.length - 1;
    const isWhole = () => start[last] === 0 && limit[last] === x.shape[last] && strides[last] === 1;
    return pick(this, x, isWhole, (from) => this.add1(ops.slice, [from], { start, limit, strides }));
  }

  /** `x[..., from:to, ...]` along one axis. */
  sliceAxis(x: Value, axis: number, from: number, to: number): Value {
    return this.slice(x, x.shape.map(() => 0).with(axis, from), x.shape.with(axis, to));
  }

  /** A block of fixed `sizes` at scalar integer `starts`, clamped so that it fits. */
  dynamicSlice(x: Value, starts: readonly Value[], sizes: readonly number[]): Value {
    const isWhole = () => sizes.at(-1) === x.shape.at(-1);
    return pick(this, x, isWhole, (from) => this.add1(ops.dynamicSlice, [from, ...starts], { sizes }));
  }

  dynamicUpdateSlice(x: Value, update: Value, starts: readonly Value[]): Value {
    return this.add1(ops.dynamicUpdateSlice, [x, update, ...starts], null);
  }

  concatenate(values: readonly Value[], axis: number): Value {
    return values.length === 1 ? values[0]! : this.add1(ops.concatenate, values, { axis });
  }

  /** Entries before, after and between; negative `low` and `high` crop. */
  pad(
    x: Value,
    value: Operand,
    low: readonly number[],
    high: readonly number[],
    interior: readonly number[] = x.shape.map(() => 0),
  ): Value {
    return this.add1(ops.pad, [x, typeof value === 'number' ? this.full(value, x.dtype) : value], { low, high, interior });
  }

  gather(operand: Value, indices: Value, attrs: GatherAttrs): Value {
    const last = operand.shape.length - 1;
    const { collapsedAxes, operandBatchAxes, offsetAxes, sliceSizes } = attrs;
    const rank = offsetAxes.length + indices.shape.length - (attrs.indexVectorAxis < indices.shape.length ? 1 : 0);
    const isWhole = () =>
      sliceSizes[last] === operand.shape[last] && ![...collapsedAxes, ...operandBatchAxes].includes(last) && offsetAxes.at(-1) === rank - 1;
    return pick(this, operand, isWhole, (from) => this.add1(ops.gather, [from, indices], attrs));
  }

  /** `combine`: how an update meets what is there (`'replace'` or a fold). Indices out of range are skipped. */
  scatter(operand: Value, indices: Value, updates: Value, combine: FoldKind | 'replace', attrs: ScatterAttrs): Value {
    const scalar: TensorType = { shape: [], dtype: operand.dtype };
    const region = this.region([scalar, scalar], (b, old, update) => (combine === 'replace' ? update! : b[combine](old!, update!)));
    return this.add1(ops.scatter, [operand, indices, updates], attrs, [region]);
  }

  // --- products, windows, order -----------------------------------------------------------------------------------------------------

  dotGeneral(x: Value, y: Value, attrs: Partial<DotAttrs>): Value {
    return this.add1(ops.dotGeneral, [x, y], {
      lhsBatch: [],
      rhsBatch: [],
      lhsContract: [],
      rhsContract: [],
      precision: this.precision,
      ...attrs,
    });
  }

  convolution(images: Value, kernels: Value, attrs: Omit<ConvolutionAttrs, 'precision'>): Value {
    return this.add1(ops.convolution, [images, kernels], { precision: this.precision, ...attrs });
  }

  /** Folds `x` over `axes`; `keepDims` leaves them with size 1. */
  reduce(x: Value, kind: FoldKind, axes: readonly number[], keepDims = false): Value {
    const result = axes.length === 0 ? x : this.add1(ops.reduce, [x, this.identity(kind, x.dtype)], { axes }, [this.fold(kind, x.dtype)]);
    return keepDims
      ? this.reshape(
          result,
          x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
        )
      : result;
  }

  reduceSum = (x: Value, axes: readonly number[], keepDims = false): Value => this.reduce(x, 'add', axes, keepDims);
  reduceProd = (x: Value, axes: readonly number[], keepDims = false): Value => this.reduce(x, 'multiply', axes, keepDims);
  reduceMax = (x: Value, axes: readonly number[], keepDims = false): Value => this.reduce(x, 'maximum', axes, keepDims);
  reduceMin = (x: Value, axes: readonly number[], keepDims = false): Value => this.reduce(x, 'minimum', axes, keepDims);
  reduceAnd = (x: Value, axes: readonly number[], keepDims = false): Value => this.reduce(x, 'and', axes, keepDims);
  reduceOr = (x: Value, axes: readonly number[], keepDims = false): Value => this.reduce(x, 'or', axes, keepDims);

  /** Folds windows of `x`; attributes per axis, 1 and no padding where absent. */
  reduceWindow(x: Value, kind: FoldKind, attrs: Partial<WindowAttrs>): Value {
    const ones = x.shape.map(() => 1);
    const all: WindowAttrs = {
      window: ones,
      strides: ones,
      baseDilation: ones,
      windowDilation: ones,
      padding: x.shape.map(() => [0, 0] as const),
      ...attrs,
    };
    return this.add1(ops.reduceWindow, [x, this.identity(kind, x.dtype)], all, [this.fold(kind, x.dtype)]);
  }

  /** Adds each entry of `source` at the largest (`maximum`) or smallest element of its window of `x`. */
  selectAndScatter(
    x: Value,
    source: Value,
    kind: 'maximum' | 'minimum',
    attrs: Pick<WindowAttrs, 'window' | 'strides' | 'padding'>,
  ): Value {
    const scalar: TensorType = { shape: [], dtype: x.dtype };
    const pick = this.region([scalar, scalar], (b, first, second) =>
      kind === 'maximum' ? b.greaterEqual(first!, second!) : b.lessEqual(first!, second!),
    );
    return this.add1(ops.selectAndScatter, [x, source, this.full(0, x.dtype)], attrs, [pick, this.fold('add', x.dtype)]);
  }

  /** Stable sort of operands of one shape along `axis`; `before` gets (a0, b0, a1, b1, ...) and says whether a comes before b. */
  sort(operands: readonly Value[], axis: number, before: RegionBody): Value[] {
    const types = operands.flatMap(({ dtype }): TensorType[] => [
      { shape: [], dtype },
      { shape: [], dtype },
    ]);
    return this.apply(ops.sort, operands, { axis }, [this.region(types, before)]);
  }

  /** The k largest along the last axis, largest first, and their int32 indices. */
  topK(x: Value, k: number): [values: Value, indices: Value] {
    return this.apply(ops.topK, [x], { k }) as [Value, Value];
  }

  /** Lower triangular L with x = L L^T; its upper triangle is undefined. */
  cholesky = this.un(ops.cholesky);

  complex(real: Value, imag: Value): Value {
    return this.add1(ops.complex, [real, imag], null);
  }
  real = this.un(ops.real);
  imag = this.un(ops.imag);

  /** Discrete Fourier transform of the last axis of complex numbers; the inverse divides by its length. */
  fft(z: Value, inverse: boolean): Value {
    return this.add1(ops.fft, [z], { inverse });
  }

  triangularSolve(a: Value, b: Value, attrs: Partial<TriangularSolveAttrs> = {}): Value {
    return this.add1(ops.triangularSolve, [a, b], { leftSide: true, lower: true, transposeA: false, unitDiagonal: false, ...attrs });
  }

  /** Runs `body` while `condition` (a bool scalar) holds. */
  while(init: readonly Value[], condition: RegionBody, body: RegionBody): Value[] {
    return this.apply(ops.while, init, null, [this.region(init, condition), this.region(init, body)]);
  }

  /** The start value that a fold ignores. */
  identity(kind: FoldKind, dtype: DType): Value {
    return this.full(identities[kind](dtype), dtype);
  }

  /** The region (a, b) -> a fold b. */
  fold(kind: FoldKind, dtype: DType): Graph {
    const scalar: TensorType = { shape: [], dtype };
    return this.region([scalar, scalar], (b, x, y) => b[kind](x!, y!));
  }
}

const integerBits: Partial<Record<DType, bigint>> = { int32: 31n, int64: 63n, uint8: 8n, uint32: 32n, uint64: 64n };

const extreme = (dtype: DType, sign: 1 | -1): number | bigint => {
  const { kind } = elementTypes[dtype];
  if (kind === 'float') return sign * Infinity;
  if (kind === 'bool') return sign === 1 ? 1 : 0;
  const top = 1n << integerBits[dtype]!;
  return sign === 1 ? top - 1n : kind === 'unsigned' ? 0n : -top;
};

const identities: Record<FoldKind, (dtype: DType) => number | bigint> = {
  add: () => 0,
  multiply: () => 1,
  maximum: (dtype) => extreme(dtype, -1),
  minimum: (dtype) => extreme(dtype, 1),
  and: (dtype) => (dtype === 'bool' ? 1 : elementTypes[dtype].kind === 'signed' ? -1 : extreme(dtype, 1)),
  or: () => 0,
};

/** The shape two shapes broadcast to; throws if they do not. */
export function broadcastShape(op: string, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return range(rank).map((i) => {
    const [x, y] = [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1];
    demand(x === y || x === 1 || y === 1, `xla/${op}`, 'shapes that broadcast', `[${a.join(',')}] and [${b.join(',')}]`);
    return x === 1 ? y : x;
  });
}
