import type { Graph, Node, Value } from './graph.js';

/** Appends a node of another graph to `target`; `at` says what stands for its inputs and for whatever its regions use from outside. */
export function copyNode(target: Graph, node: Node, at: (value: Value) => Value): Value[] {
  const regions = node.regions.map((region) => copyRegion(target, region, at));
  return target.add(node.op, node.inputs.map(at), node.attrs, regions);
}

function copyRegion(target: Graph, region: Graph, at: (value: Value) => Value): Graph {
  const copy = target.region();
  const known = new Map(region.inputs.map((input) => [input, copy.input(input)]));
  const inside = (value: Value): Value => known.get(value) ?? at(value);
  for (const node of region.nodes) {
    const outputs = copyNode(copy, node, inside);
    node.outputs.forEach((output, i) => known.set(output, outputs[i]!));
  }
  copy.outputs = region.outputs.map(inside);
  return copy;
}
