import type { Graph, Node, Value } from './graph.js';

const freeByRegion = new WeakMap<Graph, ReadonlySet<Value>>();

/** Values of enclosing graphs that a finished region uses. */
export function freeValues(region: Graph): ReadonlySet<Value> {
  const known = freeByRegion.get(region);
  if (known) return known;
  const free = new Set<Value>();
  const use = (value: Value) => {
    if (value.graph !== region) free.add(value);
  };
  for (const node of region.nodes) {
    node.inputs.forEach(use);
    for (const inner of node.regions) freeValues(inner).forEach(use);
  }
  region.outputs.forEach(use);
  freeByRegion.set(region, free);
  return free;
}

/** Nodes that the outputs depend on, in order: gradients computed by tfjs leave many that nothing uses. All ops are free of side effects. */
export function liveNodes(graph: Graph): Node[] {
  const needed = new Set<Value>(graph.outputs);
  const live: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    live.push(node);
    for (const value of node.inputs) needed.add(value);
    for (const region of node.regions) for (const value of freeValues(region)) needed.add(value);
  }
  return live.reverse();
}
