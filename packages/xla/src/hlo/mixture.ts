import { demand } from '@basinlab/tensor';
import { Builder } from './builder.js';
import { copyNode } from './copy.js';
import type { Graph, Node, Value } from './graph.js';
import { freeValues } from './liveness.js';
import { sizeOf } from './types.js';

// A function of a model, evaluated at mixtures sum_k w_k model_k of a few models. What it computes falls into three parts:
//   shared  does not depend on the model;
//   affine  sum_k w_k f(model_k) for weights that add up to 1, as the first linear layer of a network is: x W^T + b;
//   own     anything else.
// Shared and affine values can be computed before the weights are known, the affine ones once for each model, and be mixed afterwards. That is done as
// far as it does not make the mixing more work than it saves.

export interface MixtureReplay {
  /** The function: inputs are the leaves of a model; a region of `target`. */
  readonly source: Graph;
  /** By input of `source` its value in every model, or the one value that all of them share; values that `once` sees. */
  readonly ends: readonly (readonly Value[])[];
  /** Takes what is computed once; `target` itself or a graph around it. */
  readonly once: Graph;
  /** Takes what is computed for these weights. */
  readonly target: Graph;
  /** [models], in `target`. */
  readonly weights: Value;
}

interface Fact {
  readonly kind: 'shared' | 'affine' | 'own';
  /** Computed in `once`. */
  readonly early: boolean;
}

/** A product with fewer multiplications per entry than this, per model, is not cheaper to mix than to compute. */
const LEAST_PRODUCTS = 4;

/** Replays `source` for one mixture; returns its outputs in `target`. */
export function replayMixture({ source, ends, once, target, weights }: MixtureReplay): Value[] {
  const models = weights.shape[0]!;
  const facts = factsOf(source, ends, once, models);
  const maker = new Map(source.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const atModel = Array.from({ length: models }, () => new Map<Value, Value>());
  const shared = new Map<Value, Value>();
  const late = new Map<Value, Value>();

  /** A shared or affine value in `once`, at model k. */
  const early = (value: Value, k: number): Value => {
    const { kind } = facts(value);
    const known = kind === 'shared' ? shared : atModel[k]!;
    const found = known.get(value);
    if (found !== undefined) return found;
    const node = maker.get(value);
    if (node === undefined) {
      const input = source.inputs.indexOf(value);
      return input === -1 ? value : ends[input]![kind === 'shared' ? 0 : k]!;
    }
    const outputs = copyNode(once, node, (input) => early(input, k));
    node.outputs.forEach((output, i) => known.set(output, outputs[i]!));
    return known.get(value)!;
  };

  const b = new Builder(target);
  const mixed = (value: Value): Value => {
    const all = atModel.map((_, k) => {
      const share = b.reshape(b.sliceAxis(weights, 0, k, k + 1), []);
      return b.multiply(b.broadcastTo(share, value.shape), early(value, k));
    });
    return all.reduce((sum, term) => b.add(sum, term));
  };
  /** Any value in `target`. */
  const at = (value: Value): Value => {
    const found = late.get(value);
    if (found !== undefined) return found;
    const { kind, early: isEarly } = facts(value);
    demand(isEarly || value.graph !== source, 'xla/mixtures', 'values in the order of computation', 'one that comes later');
    if (!isEarly) return value;
    const result = kind === 'shared' ? early(value, 0) : mixed(value);
    late.set(value, result);
    return result;
  };
  for (const node of source.nodes) {
    if (node.outputs.some((output) => facts(output).early)) continue;
    const outputs = copyNode(target, node, at);
    node.outputs.forEach((output, i) => late.set(output, outputs[i]!));
  }
  return source.outputs.map(at);
}

/** What is known of the values of `source` and of those that it uses from outside. */
function factsOf(source: Graph, ends: MixtureReplay['ends'], once: Graph, models: number): (value: Value) => Fact {
  const facts = new Map<Value, Fact>();
  const outside = (value: Value): Fact => (once.sees(value.graph) ? { kind: 'shared', early: true } : { kind: 'own', early: false });
  const of = (value: Value): Fact => facts.get(value) ?? outside(value);
  source.inputs.forEach((input, i) => facts.set(input, { kind: ends[i]!.length === 1 ? 'shared' : 'affine', early: true }));
  for (const node of source.nodes) {
    const fact = factOf(node, of, models);
    for (const output of node.outputs) facts.set(output, fact);
  }
  return of;
}

function factOf(node: Node, of: (value: Value) => Fact, models: number): Fact {
  const used = [...node.inputs, ...node.regions.flatMap((region) => [...freeValues(region)])];
  const kinds = used.map((value) => of(value).kind);
  const own: Fact = { kind: 'own', early: false };
  if (kinds.includes('own')) return own;
  const marked = kinds.map((kind) => kind === 'affine');
  const isAffine = marked.includes(true);
  if (isAffine && (used.length > node.inputs.length || node.op.affine?.(marked, node.attrs, node.regions) !== true)) return own;
  const kind = isAffine ? 'affine' : 'shared';
  // Before: its early inputs are mixed, or read; after: its outputs are. Without early inputs it is a constant, better computed where it is used.
  const before = used.filter((value) => of(value).early && of(value).kind === kind);
  const size = (values: readonly Value[]): number => values.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const many = (node.op.products?.(node.inputs, node.attrs) ?? 0) >= LEAST_PRODUCTS * models;
  return { kind, early: before.length > 0 && (many || size(node.outputs) <= size(before)) };
}
