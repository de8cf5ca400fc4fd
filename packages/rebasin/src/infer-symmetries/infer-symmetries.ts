import type { DataType, Tensor } from '@tensorflow/tfjs-core';
import { flatten, type AxisSymmetry, type ParamSpec, type Tensors, type TensorTree } from '@basinlab/core';
import { symmetryOf } from './axes.js';
import { fix, freshAxis, resolve, type IndexSet } from './index-set.js';
import { kindsOfSets, placeOf, type SetKind } from './kinds/kinds-of-sets.js';
import { nestsOf } from './nests.js';
import { withTracing } from './trace-backend.js';
import { still, type Restriction } from './traced.js';

/** Anything with a shape: a tensor, a spec. `dtype` is float32 where it is left out. */
export interface Shaped {
  readonly shape: readonly number[];
  readonly dtype?: DataType;
}

/** A function of named tensors and of inputs, written with TensorFlow.js ops; its results are one tensor or a tree of them. */
export type NamedFunction = (tensors: Tensors, ...inputs: Tensor[]) => TensorTree;

/** Tensors of the function whose axes may be permuted, and its inputs. */
export interface InferSymmetriesOptions {
  /** The tensors whose axes may be moved: parameters, running statistics. Tensors themselves fit; their numbers are not read. */
  readonly tensors: Readonly<Record<string, Shaped>>;
  /** What the function is given besides; one batch of a few rows is enough. */
  readonly inputs: readonly Shaped[];
  /** Whether groups may have signs, factors, rotations and maps too, and not permutations alone. Default false. */
  readonly kinds?: boolean;
}

/** Groups found in a function, and the axes that they act on. */
export interface InferredSymmetries {
  /** By tensor one entry per axis; groups are called after the first axis on which they act, `<tensor>.<axis>`. */
  readonly axes: Readonly<Record<string, readonly (AxisSymmetry | null)[]>>;
  /** Units of every group. */
  readonly groups: ReadonlyMap<string, number>;
  /** Ops that kept something in place because they do not treat all entries alike, with the reason; in the order of the function. */
  readonly restrictions: readonly Restriction[];
}

/**
 * Finds the permutations (with `kinds` signs, factors, rotations and maps too) of a function's named tensors that leave its results as they are for every input and every value of the tensors: which
 * group acts on which axis. The function is run once on tensors without numbers; each op ties axes (element-wise ops, sums over two axes),
 * frees them (reductions), cuts them (reshape, concatenation) or keeps them in place (inputs, results, whatever is addressed by number). Blocks that are weighed as wholes and added up (experts)
 * are found with a permutation of its own for the inside of each.
 *
 * Every group found is a symmetry. What no rule can follow is kept in place, so that a group may be missed: exchanges of axes,
 * permutations of the inside of blocks that differ from block to block wherever blocks are transposed or taken one by one (heads), and all that depends on particular values. A tensor that nothing uses has none.
 * Works on every backend, computes nothing and leaves the current backend and its tensors alone.
 * @throws BasinlabError where the function uses an op without a rule, or looks at numbers
 */
export function inferSymmetries(f: NamedFunction, { tensors, inputs, kinds = false }: InferSymmetriesOptions): InferredSymmetries {
  return withTracing((tracing) => {
    const traced = Object.entries(tensors).map(([name, { shape, dtype = 'float32' }]) => {
      const axes = shape.map((size) => freshAxis(size));
      return { name, axes, tensor: tracing.tensor({ shape, dtype, axes }) };
    });
    const given = inputs.map(({ shape, dtype = 'float32' }) => tracing.tensor({ shape, dtype, axes: shape.map((size) => still(size)) }));
    const results = f(Object.fromEntries(traced.map(({ name, tensor }) => [name, tensor])), ...given);
    for (const result of flatten(results as TensorTree).leaves) {
      for (const axis of tracing.axesOf(result)) if (axis !== 'uniform') fix(axis);
    }
    for (const { tensor, axes } of traced) if (!tracing.isUsed(tensor)) axes.forEach(fix);
    // Writing out an axis can keep others in place: all are written out before any is read.
    for (const { axes } of traced) axes.forEach(resolve);

    const restrictions = [...tracing.restrictions];
    const larger = kinds
      ? kindsOfSets(
          traced.map(({ name, axes }) => ({ name, axes: axes.map(resolve) })),
          (kind, layouts, equate) =>
            tracing.following({ kind, equate }, () => {
              const again = traced.map(({ name, axes, tensor }, i) => {
                const { shape, dtype } = tensor;
                return [name, tracing.placed({ shape, dtype, axes }, layouts[i]!)] as const;
              });
              f(Object.fromEntries(again), ...given);
            }),
        )
      : new Map<IndexSet, SetKind>();
    const nests = nestsOf(traced.flatMap(({ axes }) => axes.map(resolve)));
    const names = new Map<IndexSet, string>();
    const groups = new Map<string, number>();
    const named = traced.map(({ name, axes }) => [
      name,
      axes.map((axis, k) =>
        symmetryOf(
          axis,
          nests,
          (set) => {
            const known = names.get(set) ?? unused(groups, `${name}.${k}`);
            names.set(set, known);
            groups.set(known, set.size * (nests.get(set)?.size ?? 1));
            return known;
          },
          (set, segment, factor) => {
            const own = larger.get(set);
            return own === undefined ? {} : { kind: own.kind, as: own.roles.get(placeOf(name, k, segment, factor))! };
          },
        ),
      ),
    ]);
    return { axes: Object.fromEntries(named), groups, restrictions };
  });
}

/** Several groups can begin on one axis. */
function unused(groups: ReadonlyMap<string, number>, name: string): string {
  if (!groups.has(name)) return name;
  let count = 1;
  while (groups.has(`${name}-${count}`)) count++;
  return `${name}-${count}`;
}

/** {@link inferSymmetries} in the form that alignment takes: a function without any declaration can then be aligned like an architecture. */
export function inferParamSpecs(f: NamedFunction, options: InferSymmetriesOptions): ParamSpec[] {
  const { axes } = inferSymmetries(f, options);
  return Object.entries(options.tensors).map(([name, { shape }]) => ({
    name,
    shape: [...shape],
    init: { kind: 'zeros' },
    role: 'weight',
    axes: axes[name]!,
  }));
}
