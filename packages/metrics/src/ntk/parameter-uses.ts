import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { RecordedOp, Tensors } from '@basinlab/tensor';

// How a network uses each of its parameters, read off the ops that it ran. Everything below holds for networks that treat samples one by one
// (evaluation mode) and keep them on the first axis.

/** Changes of layout between a parameter and the op that uses it. */
export type View = (x: Tensor) => Tensor;
/** The parameter as it is. */
export const unchanged: View = (x) => x;

export type ParameterUse =
  /** `inputs` [samples, ...positions, in] times the parameter, which is [in, out], or [out, in] where `outFirst`. */
  | {
      readonly kind: 'linear';
      readonly name: string;
      readonly view: View;
      readonly inputs: Tensor;
      readonly outFirst: boolean;
      readonly output: Tensor;
    }
  /** `inputs` [samples, height, width, in], the parameter [height, width, in, out]. */
  | {
      readonly kind: 'convolution';
      readonly name: string;
      readonly view: View;
      readonly inputs: Tensor;
      readonly filter: readonly number[];
      readonly attributes: ConvolutionAttributes;
      readonly output: Tensor;
    }
  /** The parameter, broadcast to the output, is added, or multiplied with `factor`. `after`: the linear parameter whose result it is added to. */
  | {
      readonly kind: 'elementwise';
      readonly name: string;
      readonly view: View;
      readonly shape: readonly number[];
      readonly factor: Tensor | null;
      readonly after: string | null;
      readonly output: Tensor;
    }
  /** Anything else, and parameters used more than once. */
  | { readonly kind: 'other'; readonly name: string };

export interface ConvolutionAttributes {
  readonly strides: number | readonly [number, number];
  readonly pad: 'valid' | 'same' | number | readonly (readonly [number, number])[];
  readonly dilations: number | readonly [number, number];
}

type Node = { readonly op: RecordedOp; readonly key: string; readonly view: View; readonly viewed: Tensor };

/** The use of every parameter that the ops use at all; in the order of `params`. */
export function parameterUses(ops: readonly RecordedOp[], params: Tensors, samples: number): ParameterUse[] {
  const nodes = usesOf(ops, params);
  const flattened = flattenedTensors(ops, samples);
  const samplesFirst = (x: Tensor): boolean => x.shape[0] === samples || flattened.has(x.id);
  const linearOutputs = new Map<number, string>();
  return Object.keys(params).flatMap((name): ParameterUse[] => {
    const found = nodes.get(name) ?? [];
    if (found.length === 0) return [];
    const use = found.length === 1 ? classified(name, found[0]!, samplesFirst, linearOutputs) : null;
    if (use?.kind === 'linear') linearOutputs.set(use.output.id, name);
    return [use ?? { kind: 'other', name }];
  });
}

/** Every op that takes a parameter, or a changed layout of it. */
function usesOf(ops: readonly RecordedOp[], params: Tensors): Map<string, Node[]> {
  const known = new Map<number, { name: string; view: View }>(
    Object.entries(params).map(([name, { id }]) => [id, { name, view: unchanged }]),
  );
  const nodes = new Map<string, Node[]>();
  for (const op of ops) {
    for (const [key, input] of Object.entries(op.inputs)) {
      const source = known.get(input.id);
      if (source === undefined) continue;
      const change = layoutChange(op);
      if (change !== null)
        known.set(op.outputs[0]!.id, { name: source.name, view: change === unchanged ? source.view : (x) => change(source.view(x)) });
      else nodes.set(source.name, [...(nodes.get(source.name) ?? []), { op, key, view: source.view, viewed: input }]);
    }
  }
  return nodes;
}

function layoutChange({ kernel, attributes, outputs }: RecordedOp): View | null {
  if (kernel === 'Identity') return unchanged;
  if (kernel === 'Transpose') return (x) => tf.transpose(x, [...(attributes['perm'] as number[])]);
  if (kernel === 'Reshape') return (x) => tf.reshape(x, [...outputs[0]!.shape]);
  return null;
}

/** Tensors whose first axis holds all positions of the first sample, then those of the second, and so on: reshaped, and what is made of them. */
function flattenedTensors(ops: readonly RecordedOp[], samples: number): ReadonlySet<number> {
  const flattened = new Set<number>();
  for (const { kernel, inputs, outputs } of ops) {
    const all = Object.values(inputs);
    for (const output of outputs) {
      const [rows = 0] = output.shape;
      if (rows === samples || rows === 0 || rows % samples !== 0) continue;
      const reshaped = kernel === 'Reshape' && all[0]!.shape[0] === samples;
      if (reshaped || all.some(({ id, shape }) => flattened.has(id) && shape[0] === rows)) flattened.add(output.id);
    }
  }
  return flattened;
}

function classified(
  name: string,
  { op, key, view, viewed }: Node,
  samplesFirst: (x: Tensor) => boolean,
  linearOutputs: ReadonlyMap<number, string>,
): ParameterUse | null {
  const [output] = op.outputs;
  if (output === undefined || !samplesFirst(output)) return null;
  switch (op.kernel) {
    case 'BatchMatMul': {
      const inputs = op.inputs['a']!;
      const plain = key === 'b' && viewed.rank === 2 && op.attributes['transposeA'] !== true && samplesFirst(inputs);
      return plain ? { kind: 'linear', name, view, inputs, outFirst: op.attributes['transposeB'] === true, output } : null;
    }
    case 'Conv2D': {
      const {
        dataFormat = 'NHWC',
        strides,
        pad,
        dilations = 1,
      } = op.attributes as unknown as ConvolutionAttributes & { dataFormat?: string };
      const inputs = op.inputs['x']!;
      const plain = key === 'filter' && dataFormat === 'NHWC' && samplesFirst(inputs);
      return plain
        ? { kind: 'convolution', name, view, inputs, filter: viewed.shape, attributes: { strides, pad, dilations }, output }
        : null;
    }
    case 'Add':
    case 'Sub':
    case 'Multiply': {
      const other = op.inputs[key === 'a' ? 'b' : 'a']!;
      // Broadcast over samples, and the other side not.
      const shape = [...new Array<number>(Math.max(0, output.rank - viewed.rank)).fill(1), ...viewed.shape];
      if (shape[0] !== 1 || other.id === viewed.id) return null;
      const factor = op.kernel === 'Multiply' ? other : null;
      const after = factor === null && viewed.size === output.shape.at(-1) ? (linearOutputs.get(other.id) ?? null) : null;
      return { kind: 'elementwise', name, view, shape, factor, after, output };
    }
    default:
      return null;
  }
}
