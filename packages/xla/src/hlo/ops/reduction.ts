import type { Graph } from '../graph.js';
import { axesWithin, check, i64Array, pairs, shifted, without } from '../check.js';
import { defineOp } from '../op.js';
import type { BatchCall } from '../op.js';
import { binaryOps } from './elementwise.js';
import { sameShape, showType } from '../types.js';
import type { TensorType } from '../types.js';

/** A region must map `inputs` types to `outputs` types. */
export function regionTypes(op: string, region: Graph | undefined, inputs: readonly TensorType[], outputs: readonly TensorType[]): void {
  check(region !== undefined, op, 'a region', undefined);
  const show = (types: readonly TensorType[]) => types.map(showType).join(', ');
  check(
    show(region.inputs) === show(inputs) && show(region.outputs) === show(outputs),
    op,
    `a region (${show(inputs)}) -> (${show(outputs)})`,
    `(${show(region.inputs)}) -> (${show(region.outputs)})`,
  );
}

export const scalarsOf = (types: readonly TensorType[]): TensorType[] => types.map(({ dtype }) => ({ shape: [], dtype }));

/** Start values of a reduction are the identity of its region: shared by all examples. */
function sharedStarts<A>(call: BatchCall<A>, op: string, from: number): void {
  check(
    call.inputs.slice(from).every((input) => !input.mapped),
    op,
    'start values that do not depend on the mapped argument',
    'start values that do',
  );
}

/** Whether a reduction of one operand adds. */
function sums([region]: readonly Graph[]): boolean {
  const [node] = region!.nodes;
  return (
    region!.nodes.length === 1 &&
    node!.op === binaryOps.add &&
    region!.inputs.every((input) => node!.inputs.includes(input)) &&
    region!.outputs[0] === node!.outputs[0]
  );
}

/** Inputs are n operands of one shape, then n scalar start values; the region folds n + n scalars into n. */
export const reduce = defineOp<{ axes: readonly number[] }>({
  name: 'reduce',
  affine: (_marked, _attrs, regions) => sums(regions),
  infer: (inputs, { axes }, regions) => {
    const n = inputs.length / 2;
    const operands = inputs.slice(0, n);
    check(
      Number.isInteger(n) && n > 0 && operands.every((x) => sameShape(x.shape, operands[0]!.shape)),
      'reduce',
      'operands of one shape, each with a start value',
      inputs.map(showType),
    );
    axesWithin('reduce', 'axes', axes, operands[0]!.shape.length);
    const scalars = scalarsOf(operands);
    regionTypes('reduce', regions[0], [...scalars, ...scalars], scalars);
    return operands.map(({ shape, dtype }) => ({ shape: without(shape, axes), dtype }));
  },
  text: ({ axes }) => `dimensions = ${i64Array(axes)}`,
  batch: (call) => {
    const n = call.inputs.length / 2;
    sharedStarts(call, 'reduce', n);
    return call.emit([...call.lifted().slice(0, n), ...call.inputs.slice(n).map((input) => input.value)], {
      axes: shifted(call.attrs.axes),
    });
  },
});

export interface WindowAttrs {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly baseDilation: readonly number[];
  readonly windowDilation: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
}

const dilated = (size: number, dilation: number): number => (size === 0 ? 0 : (size - 1) * dilation + 1);
const windows = (shape: readonly number[], attrs: WindowAttrs): number[] =>
  shape.map((size, i) => {
    const padded = dilated(size, attrs.baseDilation[i]!) + attrs.padding[i]![0] + attrs.padding[i]![1];
    const reach = dilated(attrs.window[i]!, attrs.windowDilation[i]!);
    return padded < reach ? 0 : Math.floor((padded - reach) / attrs.strides[i]!) + 1;
  });

/** Folds every window of one operand: `reduceWindow(x, start)`, attributes per axis. */
export const reduceWindow = defineOp<WindowAttrs>({
  name: 'reduce_window',
  affine: (_marked, _attrs, regions) => sums(regions),
  infer: ([x, start], attrs, regions) => {
    const rank = x!.shape.length;
    check(
      Object.values(attrs).every((values: readonly unknown[]) => values.length === rank),
      'reduce_window',
      `attributes for ${rank} axes`,
      attrs,
    );
    regionTypes('reduce_window', regions[0], scalarsOf([x!, start!]), scalarsOf([x!]));
    return [{ shape: windows(x!.shape, attrs), dtype: x!.dtype }];
  },
  text: ({ window, strides, baseDilation, windowDilation, padding }) =>
    `window_dimensions = ${i64Array(window)}, window_strides = ${i64Array(strides)}, base_dilations = ${i64Array(baseDilation)}, ` +
    `window_dilations = ${i64Array(windowDilation)}, padding = ${pairs(padding)}`,
  batch: (call) => {
    sharedStarts(call, 'reduce_window', 1);
    const { window, strides, baseDilation, windowDilation, padding } = call.attrs;
    return call.emit([call.lift(0), call.inputs[1]!.value], {
      window: [1, ...window],
      strides: [1, ...strides],
      baseDilation: [1, ...baseDilation],
      windowDilation: [1, ...windowDilation],
      padding: [[0, 0], ...padding],
    });
  },
});

/**
 * Gradient of pooling: `selectAndScatter(x, source, start)` adds each entry of `source` at the element of `x` that its window selects.
 * Regions: select (whether to keep the first of two elements) and scatter (how to add).
 */
export const selectAndScatter = defineOp<Pick<WindowAttrs, 'window' | 'strides' | 'padding'>>({
  name: 'select_and_scatter',
  infer: ([x, source, start], attrs, regions) => {
    const ones = x!.shape.map(() => 1);
    const expected = windows(x!.shape, { ...attrs, baseDilation: ones, windowDilation: ones });
    check(sameShape(source!.shape, expected), 'select_and_scatter', `a source of shape [${expected.join(',')}]`, showType(source!));
    regionTypes('select_and_scatter', regions[0], scalarsOf([x!, x!]), [{ shape: [], dtype: 'bool' }]);
    regionTypes('select_and_scatter', regions[1], scalarsOf([start!, start!]), scalarsOf([start!]));
    return [x!];
  },
  text: ({ window, strides, padding }) =>
    `window_dimensions = ${i64Array(window)}, window_strides = ${i64Array(strides)}, padding = ${pairs(padding)}`,
  batch: (call) => {
    sharedStarts(call, 'select_and_scatter', 2);
    const { window, strides, padding } = call.attrs;
    return call.emit([call.lift(0), call.lift(1), call.inputs[2]!.value], {
      window: [1, ...window],
      strides: [1, ...strides],
      padding: [[0, 0], ...padding],
    });
  },
});

export const reductionOps = { reduce, reduceWindow, selectAndScatter };
