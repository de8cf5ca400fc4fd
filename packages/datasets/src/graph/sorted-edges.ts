import { demand } from '@basinlab/core';

/** A graph as edges sorted by target, then source, each once: see `Graph` of the data set contract. */
export interface SortedEdges {
  readonly sources: Int32Array;
  readonly targets: Int32Array;
  /** [nodes + 1]: where the edges of each target begin. */
  readonly offsets: Int32Array;
}

/**
 * Sorts edges by target and source in time linear in edges and nodes, and leaves out repeated ones. `undirected` adds the reverse of each first.
 * @throws BasinlabError for a node outside 0 .. nodes - 1
 */
export function sortEdges(from: Int32Array, to: Int32Array, nodes: number, { undirected }: { undirected: boolean }): SortedEdges {
  demand(from.length === to.length, 'sortEdges', 'as many sources as targets', [from.length, to.length]);
  for (const node of [from, to].flatMap((side) => extremes(side))) {
    demand(node >= 0 && node < nodes, 'sortEdges', `nodes from 0 to ${nodes - 1}`, node);
  }
  const edges = undirected ? 2 * from.length : from.length;
  const sources = new Int32Array(edges);
  const targets = new Int32Array(edges);
  sources.set(from);
  targets.set(to);
  if (undirected) {
    sources.set(to, from.length);
    targets.set(from, from.length);
  }
  const bySource = countingSort(sources, targets, nodes);
  const byTarget = countingSort(bySource.values, bySource.keys, nodes);
  return withoutRepeats(byTarget.keys, byTarget.values, nodes);
}

/** Stable sort of pairs by `keys`. */
function countingSort(keys: Int32Array, values: Int32Array, nodes: number): { keys: Int32Array; values: Int32Array } {
  const next = new Int32Array(nodes + 1);
  for (const key of keys) next[key + 1]!++;
  for (let node = 0; node < nodes; node++) next[node + 1]! += next[node]!;
  const sorted = { keys: new Int32Array(keys.length), values: new Int32Array(keys.length) };
  for (let i = 0; i < keys.length; i++) {
    const to = next[keys[i]!]!++;
    sorted.keys[to] = keys[i]!;
    sorted.values[to] = values[i]!;
  }
  return sorted;
}

function withoutRepeats(targets: Int32Array, sources: Int32Array, nodes: number): SortedEdges {
  const offsets = new Int32Array(nodes + 1);
  let kept = 0;
  for (let i = 0; i < targets.length; i++) {
    const [target, source] = [targets[i]!, sources[i]!];
    if (kept > 0 && targets[kept - 1] === target && sources[kept - 1] === source) continue;
    targets[kept] = target;
    sources[kept++] = source;
    offsets[target + 1]!++;
  }
  for (let node = 0; node < nodes; node++) offsets[node + 1]! += offsets[node]!;
  return { sources: sources.slice(0, kept), targets: targets.slice(0, kept), offsets };
}

function extremes(values: Int32Array): number[] {
  if (values.length === 0) return [];
  let [least, most] = [values[0]!, values[0]!];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}
