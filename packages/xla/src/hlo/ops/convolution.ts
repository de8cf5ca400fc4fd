import { check, i64Array, pairs, range } from '../check.js';
import { defineOp, mapped, oneAtATime } from '../op.js';
import type { BatchCall, Batched } from '../op.js';
import type { Graph, Value } from '../graph.js';
import { showType, sizeOf } from '../types.js';
import type { Precision, TensorType } from '../types.js';
import { precisionText } from './contraction.js';
import { reshape, transpose } from './shape.js';

/** Which axis of an array is what: images have batch and feature, kernels input and output feature, both the spatial axes. */
export interface ConvolutionAxes {
  readonly lhs: { readonly batch: number; readonly feature: number; readonly spatial: readonly number[] };
  readonly rhs: { readonly input: number; readonly output: number; readonly spatial: readonly number[] };
  readonly out: { readonly batch: number; readonly feature: number; readonly spatial: readonly number[] };
}

export interface ConvolutionAttrs {
  readonly axes: ConvolutionAxes;
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly lhsDilation: readonly number[];
  readonly rhsDilation: readonly number[];
  /** Input features are split into this many groups, each with its own kernels. */
  readonly featureGroups: number;
  /** The batch is split into this many groups, each meeting its own output features (gradients of grouped kernels). */
  readonly batchGroups: number;
  readonly precision: Precision;
}

/** Cross-correlation of images `lhs` with kernels `rhs`, general in layout, stride, dilation and groups. */
export const convolution = defineOp<ConvolutionAttrs>({
  name: 'convolution',
  affine: oneAtATime,
  products: ([, rhs], { axes }) => sizeOf(rhs!.shape) / rhs!.shape[axes.rhs.output]!,
  infer: ([lhs, rhs], attrs) => {
    const { axes, featureGroups, batchGroups } = attrs;
    const features = lhs!.shape[axes.lhs.feature]!;
    const outputs = rhs!.shape[axes.rhs.output]!;
    const batch = lhs!.shape[axes.lhs.batch]!;
    check(lhs!.dtype === rhs!.dtype, 'convolution', 'one dtype', `${showType(lhs!)} and ${showType(rhs!)}`);
    check(
      features === rhs!.shape[axes.rhs.input]! * featureGroups,
      'convolution',
      `${rhs!.shape[axes.rhs.input]! * featureGroups} input features`,
      features,
    );
    check(
      outputs % featureGroups === 0 && outputs % batchGroups === 0 && batch % batchGroups === 0,
      'convolution',
      'sizes that the groups divide',
      { outputs, batch, featureGroups, batchGroups },
    );
    const shape = Array<number>(lhs!.shape.length);
    shape[axes.out.batch] = batch / batchGroups;
    shape[axes.out.feature] = outputs;
    axes.out.spatial.forEach((axis, i) => {
      shape[axis] = spatialSize(lhs!.shape[axes.lhs.spatial[i]!]!, rhs!.shape[axes.rhs.spatial[i]!]!, attrs, i);
    });
    return [{ shape, dtype: lhs!.dtype }];
  },
  text: ({ axes, strides, padding, lhsDilation, rhsDilation, featureGroups, batchGroups, precision }) =>
    `window_strides = ${i64Array(strides)}, padding = ${pairs(padding)}, lhs_dilation = ${i64Array(lhsDilation)}, rhs_dilation = ${i64Array(rhsDilation)}, ` +
    `dimension_numbers = #stablehlo.conv<[${labels(axes.lhs, 'b', 'f')}]x[${labels({ batch: axes.rhs.input, feature: axes.rhs.output, spatial: axes.rhs.spatial }, 'i', 'o')}]->[${labels(axes.out, 'b', 'f')}]>, ` +
    `feature_group_count = ${featureGroups} : i64, batch_group_count = ${batchGroups} : i64, ${precisionText(precision)}`,
  batch: (call) => {
    const [lhs, rhs] = call.inputs;
    const plain = call.attrs.featureGroups === 1 && call.attrs.batchGroups === 1;
    if (call.attrs.batchGroups === 1 && !rhs!.mapped) return sharedKernels(call);
    if (plain && !lhs!.mapped) return sharedImages(call);
    return ownKernels(call);
  },
});

function spatialSize(image: number, kernel: number, attrs: ConvolutionAttrs, i: number): number {
  const dilate = (size: number, by: number) => (size === 0 ? 0 : (size - 1) * by + 1);
  const padded = dilate(image, attrs.lhsDilation[i]!) + attrs.padding[i]![0] + attrs.padding[i]![1];
  const reach = dilate(kernel, attrs.rhsDilation[i]!);
  return padded < reach ? 0 : Math.floor((padded - reach) / attrs.strides[i]!) + 1;
}

function labels(axes: { batch: number; feature: number; spatial: readonly number[] }, batch: string, feature: string): string {
  const names = Array<string>(axes.spatial.length + 2);
  names[axes.batch] = batch;
  names[axes.feature] = feature;
  axes.spatial.forEach((axis, i) => (names[axis] = String(i)));
  return names.join(', ');
}

/** Merges the leading mapped axis into `axis` of the unbatched array, as the slower index within each of `groups` groups. */
function fold(graph: Graph, x: Value, axis: number, groups = 1): Value {
  const [size, ...shape] = x.shape as [number, ...number[]];
  const split = [size, ...shape.slice(0, axis), groups, shape[axis]! / groups, ...shape.slice(axis + 1)];
  const order = [...range(axis, 1), axis + 1, 0, ...range(shape.length - axis, axis + 2)];
  const apart = graph.add(reshape, [x], { shape: split })[0]!;
  const moved = graph.add(transpose, [apart], { axes: order })[0]!;
  return graph.add(reshape, [moved], { shape: shape.with(axis, size * shape[axis]!) })[0]!;
}

/** The inverse of `fold` for a result: takes the mapped axis out of `axis` to the front. */
function unfold(graph: Graph, x: Value, axis: number, type: TensorType, size: number, groups = 1): Value {
  const shape = type.shape;
  const split = [...shape.slice(0, axis), groups, size, shape[axis]! / groups, ...shape.slice(axis + 1)];
  const order = [axis + 1, ...range(axis + 1), ...range(shape.length - axis, axis + 2)];
  const apart = graph.add(reshape, [x], { shape: split })[0]!;
  const moved = graph.add(transpose, [apart], { axes: order })[0]!;
  return graph.add(reshape, [moved], { shape: [size, ...shape] })[0]!;
}

/** Same kernels for all: the mapped axis joins the batch. */
function sharedKernels(call: BatchCall<ConvolutionAttrs>): Batched[] {
  const { axes } = call.attrs;
  const [out] = call.emit([fold(call.graph, call.lift(0), axes.lhs.batch), call.inputs[1]!.value]);
  return mapped(unfold(call.graph, out!.value, axes.out.batch, call.outputTypes[0]!, call.size));
}

/** Same images for all: the mapped axis joins the output features. */
function sharedImages(call: BatchCall<ConvolutionAttrs>): Batched[] {
  const { axes } = call.attrs;
  const [out] = call.emit([call.inputs[0]!.value, fold(call.graph, call.lift(1), axes.rhs.output)]);
  return mapped(unfold(call.graph, out!.value, axes.out.feature, call.outputTypes[0]!, call.size));
}

/** Images and kernels both differ: one group per example. */
function ownKernels(call: BatchCall<ConvolutionAttrs>): Batched[] {
  const { axes, featureGroups, batchGroups } = call.attrs;
  const byBatch = batchGroups > 1;
  const lhs = fold(call.graph, call.lift(0), byBatch ? axes.lhs.batch : axes.lhs.feature);
  const rhs = fold(call.graph, call.lift(1), axes.rhs.output);
  const [out] = call.emit(
    [lhs, rhs],
    byBatch ? { ...call.attrs, batchGroups: batchGroups * call.size } : { ...call.attrs, featureGroups: featureGroups * call.size },
  );
  return mapped(unfold(call.graph, out!.value, axes.out.feature, call.outputTypes[0]!, call.size));
}

export const convolutionOps = { convolution };
