import { demand } from '@basinlab/tensor';
import type { Graph, Node, Value } from './graph.js';
import type { BatchCall, Batched } from './op.js';
import { freeValues } from './liveness.js';
import { broadcastInDim, leading } from './ops/shape.js';

/** What became of values of the source graph; a region looks further in the graph around it. */
class Environment {
  private readonly values = new Map<Value, Batched>();
  constructor(private readonly outer: Environment | null) {}

  set(value: Value, batched: Batched): void {
    this.values.set(value, batched);
  }

  /** Values of graphs outside the replayed one are themselves, shared by all examples. */
  get(value: Value): Batched {
    return this.values.get(value) ?? this.outer?.get(value) ?? { value, mapped: false };
  }
}

/**
 * Replays `source` into `target` with some inputs mapped over a new leading axis of length `size` (`vmap`). Every op follows the
 * batching rule of its row; what depends on no mapped input is computed once.
 */
export function batchGraph(target: Graph, source: Graph, inputs: readonly Batched[], size: number): Batched[] {
  return replay(target, source, inputs, size, null);
}

/** A value with the new axis, repeated along it if it was not mapped. */
export function lift(graph: Graph, { value, mapped }: Batched, size: number): Value {
  return mapped ? value : graph.add(broadcastInDim, [value], leading(size, value.shape))[0]!;
}

function replay(target: Graph, source: Graph, inputs: readonly Batched[], size: number, outer: Environment | null): Batched[] {
  const environment = new Environment(outer);
  source.inputs.forEach((value, i) => environment.set(value, inputs[i]!));
  for (const node of source.nodes) {
    const results = replayNode(
      target,
      node,
      node.inputs.map((value) => environment.get(value)),
      size,
      environment,
    );
    node.outputs.forEach((value, i) => environment.set(value, results[i]!));
  }
  return source.outputs.map((value) => environment.get(value));
}

function replayNode(graph: Graph, node: Node, inputs: readonly Batched[], size: number, environment: Environment): Batched[] {
  const replayInto = (target: Graph, region: Graph, regionInputs: readonly Batched[]) =>
    replay(target, region, regionInputs, size, environment);
  const free = node.regions.flatMap((region) => [...freeValues(region)]);
  if (node.op.name !== 'while') {
    demand(
      free.every((value) => !environment.get(value).mapped),
      `xla/${node.op.name}`,
      'a region that does not use a mapped value',
      'one that does',
    );
  }
  const loops = free.some((value) => environment.get(value).mapped);
  if (!loops && !inputs.some((input) => input.mapped)) {
    const regions = free.length === 0 ? node.regions : node.regions.map((region) => copyRegion(graph, region, replayInto));
    return graph
      .add(
        node.op,
        inputs.map((input) => input.value),
        node.attrs,
        regions,
      )
      .map((value) => ({ value, mapped: false }));
  }
  const regions =
    node.op.name === 'while' || free.length === 0 ? node.regions : node.regions.map((region) => copyRegion(graph, region, replayInto));
  const call: BatchCall<unknown> = {
    graph,
    size,
    attrs: node.attrs,
    regions,
    inputs,
    inputTypes: node.inputs,
    outputTypes: node.outputs,
    lift: (index) => lift(graph, inputs[index]!, size),
    lifted: () => inputs.map((input) => lift(graph, input, size)),
    liftInto: (region, value) => lift(region, value, size),
    emit: (values, attrs = node.attrs, newRegions = regions) =>
      graph.add(node.op, values, attrs, newRegions).map((value) => ({ value, mapped: true })),
    replayInto,
  };
  return node.op.batch(call);
}

function copyRegion(graph: Graph, region: Graph, replayInto: BatchCall<unknown>['replayInto']): Graph {
  const copy = graph.region();
  copy.outputs = replayInto(
    copy,
    region,
    region.inputs.map((type) => ({ value: copy.input(type), mapped: false })),
  ).map((output) => output.value);
  return copy;
}
