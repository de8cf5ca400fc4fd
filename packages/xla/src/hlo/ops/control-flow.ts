import { check } from '../check.js';
import type { Graph, Value } from '../graph.js';
import { defineOp } from '../op.js';
import type { BatchCall, Batched } from '../op.js';
import { showType } from '../types.js';
import { binaryOps, select } from './elementwise.js';
import { reduce, regionTypes } from './reduction.js';
import { broadcastInDim, constant } from './shape.js';

/** `while(...carry)` with regions condition (carry -> bool scalar) and body (carry -> carry). */
export const whileOp = defineOp({
  name: 'while',
  // A loop is many of whatever it does.
  products: () => Infinity,
  infer: (carry, _attrs, [condition, body]) => {
    regionTypes('while', condition, carry, [{ shape: [], dtype: 'bool' }]);
    regionTypes('while', body, carry, carry);
    return [...carry];
  },
  batch: (call) => {
    const { flags, masked } = settle(call);
    const carry = call.inputs.map((input, i) => (flags[i] ? call.lift(i) : input.value));
    const region = (build: (graph: Graph, inputs: Batched[]) => Value[]) => {
      const graph = call.graph.region();
      graph.outputs = build(
        graph,
        carry.map((value, i) => ({ value: graph.input(value), mapped: flags[i]! })),
      );
      return graph;
    };
    const [condition, body] = call.regions as [Graph, Graph];
    const predicate = (graph: Graph, inputs: Batched[]) => call.replayInto(graph, condition, inputs)[0]!.value;
    const condition2 = region((graph, inputs) => [masked ? any(graph, predicate(graph, inputs)) : predicate(graph, inputs)]);
    const body2 = region((graph, inputs) => {
      const next = call.replayInto(graph, body, inputs).map((value, i) => (flags[i] ? call.liftInto(graph, value) : value.value));
      if (!masked) return next;
      // Examples whose own condition has become false keep their carry while others go on.
      const going = predicate(graph, inputs);
      return next.map(
        (value, i) =>
          graph.add(select, [graph.add(broadcastInDim, [going], { shape: value.shape, axes: [0] })[0]!, value, inputs[i]!.value], null)[0]!,
      );
    });
    return call.emit(carry, null, [condition2, body2]).map(({ value }, i) => ({ value, mapped: flags[i]! }));
  },
});

/** Which carries depend on a mapped value after any number of turns, and whether the condition does (then all of them do). */
function settle(call: BatchCall<null>): { flags: boolean[]; masked: boolean } {
  const [condition, body] = call.regions as [Graph, Graph];
  let flags = call.inputs.map((input) => input.mapped);
  for (;;) {
    const scratch = call.graph.region();
    const inputs = call.inputs.map((_, i) => {
      const { shape, dtype } = call.inputTypes[i]!;
      return { value: scratch.input({ shape: flags[i] ? [call.size, ...shape] : shape, dtype }), mapped: flags[i]! };
    });
    if (call.replayInto(scratch, condition, inputs)[0]!.mapped) return { flags: flags.map(() => true), masked: true };
    const after = call.replayInto(scratch, body, inputs).map((value, i) => value.mapped || flags[i]!);
    if (after.every((flag, i) => flag === flags[i])) return { flags, masked: false };
    flags = after;
  }
}

function any(graph: Graph, flags: Value): Value {
  check(flags.shape.length === 1, 'while', 'a scalar condition for every example', showType(flags));
  const start = graph.add(constant, [], { value: 0, type: { shape: [], dtype: 'bool' } })[0]!;
  const region = graph.region();
  region.outputs = region.add(binaryOps.or, [region.input(start), region.input(start)], null);
  return graph.add(reduce, [flags, start], { axes: [0] }, [region])[0]!;
}

export const controlFlowOps = { while: whileOp };
