import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Client } from '../pjrt/index.js';
import { describeWithPlugin, testClient } from '../testing.fixture.js';
import { batchGraph, lift } from './batch.js';
import { Builder } from './builder.js';
import { range } from './check.js';
import { exampleGraph, examples } from './examples.fixture.js';
import type { Example, OpName } from './examples.fixture.js';
import { Graph } from './graph.js';
import type { Value } from './graph.js';
import type { Op } from './op.js';
import { ops } from './ops/index.js';
import { draw, numbers, runGraph } from './run-graph.fixture.js';
import type { Numbers } from './run-graph.fixture.js';

const SIZE = 3;
/** Ops with a rule that says where they are affine. */
const affine = (Object.keys(ops) as OpName[]).filter((name) => (ops[name] as Op).affine !== undefined);

test('every row of the op table has an example', () => {
  expect(Object.keys(examples).sort()).toEqual(Object.keys(ops).sort());
});

describe.each(Object.keys(ops) as OpName[])('%s', (name) => {
  test('appears in its examples', () => {
    for (const example of examples[name]) expect(opNames(exampleGraph(example))).toContain(ops[name].name);
  });
});

describeWithPlugin('on the CPU plugin', () => {
  let client: Client;
  beforeAll(() => {
    client = testClient();
  });
  afterAll(() => client.destroy());

  test.each(Object.keys(ops) as OpName[])('vmap of %s is a loop over it, whichever inputs are mapped', (name) => {
    for (const example of examples[name]) {
      const random = numbers(example.inputs.length);
      const inputs = example.inputs.map((type) => Array.from({ length: SIZE }, () => draw(type, random, example.range)).flat());
      const { graph, masks, outputs } = bothWays(example);
      const results = runGraph(client, graph, inputs);
      masks.forEach((mask, m) => {
        for (let i = 0; i < outputs; i++) {
          const [together, looped] = [results[2 * (m * outputs + i)]!, results[2 * (m * outputs + i) + 1]!];
          expectClose(together, looped, example.tolerance ?? 1e-6, `${name} mapped [${mask.join()}], result ${i}`);
        }
      });
    }
  });

  test.each(affine)('%s is affine where its row says so', (name) => {
    let cases = 0;
    for (const example of examples[name]) {
      const { graph, marks } = betweenTwo(example);
      if (marks === 0) continue;
      cases += marks;
      const random = numbers(example.inputs.length);
      const ends = [0, 1].flatMap(() => example.inputs.map((type) => draw(type, random, example.range)));
      const results = runGraph(client, graph, ends);
      for (let i = 0; i < results.length; i += 2) expectClose(results[i]!, results[i + 1]!, 1e-5, `${name}, result ${i / 2}`);
    }
    expect(cases).toBeGreaterThan(0);
  });
});

/**
 * An example between two sets of inputs, for every choice of inputs in which it is affine (the others are those of the first set): at mixed inputs and,
 * beside it, the mixture of its results.
 */
function betweenTwo(example: Example): { graph: Graph; marks: number } {
  const source = exampleGraph(example);
  const graph = new Graph();
  const b = new Builder(graph);
  const [p, q] = [0, 1].map(() => example.inputs.map((type) => graph.input(type))) as [Value[], Value[]];
  const mixed = (x: Value, y: Value) => b.add(b.multiply(x, 1.75), b.multiply(y, -0.75));
  const run = (inputs: readonly Value[]) =>
    batchGraph(
      graph,
      source,
      inputs.map((value) => ({ value, mapped: false })),
      1,
    ).map(({ value }) => value);
  const marks = range((1 << example.inputs.length) - 1, 1)
    .map((bits) => example.inputs.map((_, i) => ((bits >> i) & 1) === 1))
    .filter((marked) => isAffine(source, marked));
  graph.outputs = marks.flatMap((marked) => {
    const [first, second] = [run(p), run(p.map((value, i) => (marked[i] ? q[i]! : value)))];
    const between = run(p.map((value, i) => (marked[i] ? mixed(value, q[i]!) : value)));
    return between.flatMap((value, i) => [value, mixed(first[i]!, second[i]!)]);
  });
  return { graph, marks: marks.length };
}

/** Whether everything that depends on the marked inputs, all of them floats, is affine in them. */
function isAffine(source: Graph, marked: readonly boolean[]): boolean {
  const moving = new Set(source.inputs.filter((_, i) => marked[i]));
  for (const { op, inputs, outputs, attrs, regions } of source.nodes) {
    const flags = inputs.map((value) => moving.has(value));
    if (!flags.includes(true)) continue;
    if (op.affine?.(flags, attrs, regions) !== true) return false;
    for (const output of outputs) moving.add(output);
  }
  return [...moving].every(({ dtype }) => dtype === 'float32');
}

/**
 * One program (compiling is what takes time) that computes an example on SIZE sets of inputs, for every choice of mapped inputs, by the
 * batching rules and by repeating the graph; inputs that are not mapped are those of the first set.
 */
function bothWays(example: Example): { graph: Graph; masks: boolean[][]; outputs: number } {
  const source = exampleGraph(example);
  const graph = new Graph();
  const b = new Builder(graph);
  const stacked = example.inputs.map((type) => graph.input({ ...type, shape: [SIZE, ...type.shape] }));
  const one = (x: Value, at: number) => b.reshape(b.sliceAxis(x, 0, at, at + 1), x.shape.slice(1));
  const masks = range((1 << example.inputs.length) - 1, 1).map((bits) => example.inputs.map((_, i) => ((bits >> i) & 1) === 1));
  graph.outputs = masks.flatMap((mask) => {
    const inputs = stacked.map((x, i) => ({ value: mask[i] ? x : one(x, 0), mapped: mask[i]! }));
    const together = batchGraph(graph, source, inputs, SIZE).map((result) => lift(graph, result, SIZE));
    const each = range(SIZE).map((at) =>
      batchGraph(
        graph,
        source,
        stacked.map((x, i) => ({ value: one(x, mask[i] ? at : 0), mapped: false })),
        SIZE,
      ),
    );
    return together.flatMap((result, i) => [
      result,
      b.concatenate(
        each.map((results) => b.expandDims(results[i]!.value, [0])),
        0,
      ),
    ]);
  });
  return { graph, masks, outputs: source.outputs.length };
}

function opNames(graph: Graph): string[] {
  return graph.nodes.flatMap((node) => [node.op.name, ...node.regions.flatMap(opNames)]);
}

function expectClose(got: Numbers, expected: Numbers, tolerance: number, what: string): void {
  expect({ what, length: got.length }).toEqual({ what, length: expected.length });
  got.forEach((value, i) => {
    const wanted = expected[i]!;
    const close = Object.is(value, wanted) || Math.abs(value - wanted) <= tolerance * (1 + Math.abs(wanted)) || value === wanted;
    if (!close) throw new Error(`${what}: entry ${i} is ${value}, the loop gives ${wanted}`);
  });
}
