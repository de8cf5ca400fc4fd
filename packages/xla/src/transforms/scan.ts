import { BasinlabError, commonLength, demand, leafAxes } from '@basinlab/tensor';
import type { TensorTree, Tree, TreeStructure } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { XlaBackend } from '../backend/backend.js';
import { gradientDepth } from '../backend/engine-state.js';
import { Trace } from '../backend/trace.js';
import { ops, sameShape, showType } from '../hlo/index.js';
import type { TensorType, Value } from '../hlo/index.js';
import { gradientsOf, onTape, pairing } from './differentiable.js';
import type { Incoming } from './differentiable.js';
import { isFloat, tensorLeaves, typeOf } from './functions.js';
import { runOnce } from './once.js';

/** One turn of a scan on lists of leaves. */
type Step = (carry: readonly Tensor[], x: readonly Tensor[]) => { carry: Tensor[]; ys: Tensor[] };
type Result = { carry: Tensor[]; ys: Tensor[] };

/** `scan` and `map` for tensors of one backend: one `while` of the graph, differentiable by a second scan backwards. */
export function makeScan(backend: XlaBackend) {
  const scan = <C extends TensorTree, X extends TensorTree, Y extends TensorTree>(
    f: (carry: C, x: X) => [C, Y],
    init: C,
    xs: X,
    length?: number,
  ): [C, Y] => {
    const start = tensorLeaves('scan', init);
    const items = tensorLeaves('scan', xs);
    const steps = commonLength('scan', items.leaves, leafAxes('scan', 0, xs)) ?? length;
    demand(steps !== undefined, 'scan', 'a length where xs has no tensor', 'none');
    demand(length === undefined || length === steps, 'scan', `length equal to the leading axis of xs (${steps})`, length);
    let outputs: TreeStructure | undefined;
    const step: Step = (carry, x) => {
      const result: unknown = f(start.structure.unflatten(carry) as C, items.structure.unflatten(x) as X);
      demand(Array.isArray(result) && result.length === 2, 'scan', 'a step that returns [carry, y]', result);
      const next = tensorLeaves('scan', result[0]);
      const ys = tensorLeaves('scan', result[1]);
      outputs = ys.structure;
      requireSameCarry('scan', init, start.leaves, next);
      return { carry: next.leaves, ys: ys.leaves };
    };
    const n = start.leaves.length;
    const flat = (all: readonly Tensor[]) => {
      const { carry, ys } = scanFlat(backend, step, all.slice(0, n), all.slice(n), steps);
      return [...carry, ...ys];
    };
    const inputs = [...start.leaves, ...items.leaves];
    const results = backend.trace ? flat(inputs) : runOnce(backend, 'scan', flat, inputs);
    return [start.structure.unflatten(results.slice(0, n)) as C, outputs!.unflatten(results.slice(n)) as Y];
  };
  const map = <X extends TensorTree, Y extends TensorTree>(f: (x: X) => Y, xs: X): Y => {
    demand(tensorLeaves('map', xs).leaves.length > 0, 'map', 'at least one tensor to map over', 'none');
    return scan<TensorTree, X, Y>((carry, x) => [carry, f(x)], [], xs)[1];
  };
  return { scan, map };
}

function scanFlat(backend: XlaBackend, step: Step, init: readonly Tensor[], xs: readonly Tensor[], steps: number): Result {
  const trace = backend.trace!;
  if (gradientDepth() === 0) {
    const { carry, ys } = loop(backend, step, init, xs, steps);
    return { carry: carry.map((value) => trace.tensor(value)), ys: ys.map((value) => trace.tensor(value)) };
  }
  // The way back needs every carry: each turn also returns the one it started from.
  const recording: Step = (carry, x) => {
    const result = step(carry, x);
    return { carry: result.carry, ys: [...result.ys, ...carry] };
  };
  const { carry, ys, free } = loop(backend, recording, init, xs, steps);
  free.forEach((tensor) => trace.hold(tensor));
  // The recorded carries are results like the others, so that gradients of this gradient find the way through them.
  const results = onTape(
    [...init, ...xs, ...free],
    (save) => {
      const outputs = [...carry, ...ys].map((value) => trace.tensor(value));
      save([...xs, ...outputs.slice(outputs.length - init.length)]);
      return outputs;
    },
    (dys, saved) => backwards(backend, recording, { xs: saved.slice(0, xs.length), before: saved.slice(xs.length), free, dys }, steps),
  );
  return { carry: results.slice(0, carry.length), ys: results.slice(carry.length, results.length - init.length) };
}

/** What the way back starts from: dys are those of the last carry, then of the stacked results. */
interface Recorded {
  readonly xs: readonly Tensor[];
  readonly before: readonly Tensor[];
  readonly free: readonly Tensor[];
  readonly dys: readonly Incoming[];
}

/** Gradients for the float tensors among the first carry, xs and free: a scan from the last turn to the first. */
function backwards(backend: XlaBackend, step: Step, { xs, before, free, dys }: Recorded, steps: number): Tensor[] {
  const dCarry = before.map((tensor, i) => (isFloat(tensor) ? (dys[i] ?? tf.zeros(tensor.shape.slice(1))) : null));
  const dResults = dys.slice(before.length);
  const carried = dCarry.filter((dy) => dy !== null).length;
  const floats = xs.filter(isFloat).length;
  const stepBack: Step = (gradients, all) => {
    const [carry, x] = [all.slice(0, before.length), all.slice(before.length, before.length + xs.length)];
    const fromCarry = gradients[Symbol.iterator]();
    const fromResults = all.slice(before.length + xs.length)[Symbol.iterator]();
    const incoming = [
      ...dCarry.map((dy) => (dy ? fromCarry.next().value! : null)),
      ...dResults.map((dy) => (dy ? fromResults.next().value! : null)),
    ];
    const scalar = () => {
      const result = step(carry, x);
      return pairing([...result.carry, ...result.ys], incoming);
    };
    const found = gradientsOf(scalar, [...carry, ...x, ...free].filter(isFloat));
    const sums = found.slice(carried + floats).map((each, i) => tf.add(each, gradients[carried + i]!));
    return { carry: [...found.slice(0, carried), ...sums], ys: found.slice(carried, carried + floats) };
  };
  const present = (incoming: readonly Incoming[]) => incoming.filter((dy) => dy !== null);
  const init = [...present(dCarry), ...free.filter(isFloat).map((tensor) => tf.zerosLike(tensor))];
  const reversed = [...before, ...xs, ...present(dResults)].map((tensor) => tf.reverse(tensor, 0));
  const { carry, ys } = scanFlat(backend, stepBack, init, reversed, steps);
  return [...carry.slice(0, carried), ...ys.map((each) => tf.reverse(each, 0)), ...carry.slice(carried)];
}

/** The `while` of a scan: counter, carry and one array per output that each turn writes one row of. */
function loop(
  backend: XlaBackend,
  step: Step,
  init: readonly Tensor[],
  xs: readonly Tensor[],
  steps: number,
): { carry: Value[]; ys: Value[]; free: Tensor[] } {
  const trace = backend.trace!;
  const b = trace.builder;
  const start = init.map((tensor) => trace.value(tensor, 'scan'));
  const items = xs.map((tensor) => trace.value(tensor, 'scan'));
  const body = new Trace(backend, trace, trace.graph.region(), b.precision);
  const { graph, builder } = body;
  const counter = graph.input({ shape: [], dtype: 'int32' });
  const carry = start.map((value) => graph.input(value));
  const { next, rows } = body.run(() => {
    const x = items.map((item) => body.tensor(row(body, item, counter, steps)));
    const result = step(
      carry.map((value) => body.tensor(value)),
      x,
    );
    return { next: result.carry.map((tensor) => body.value(tensor, 'scan')), rows: result.ys.map((tensor) => body.value(tensor, 'scan')) };
  });
  const stacked = rows.map(({ shape, dtype }) => b.full(0, dtype, [steps, ...shape]));
  const written = rows.map((value) => {
    const stack = graph.input({ shape: [steps, ...value.shape], dtype: value.dtype });
    // With no turn there is no row to write: the body must only be well formed.
    return steps === 0
      ? stack
      : builder.dynamicUpdateSlice(stack, builder.expandDims(value, [0]), [counter, ...value.shape.map(() => builder.full(0, 'int32'))]);
  });
  graph.outputs = [builder.add(counter, 1), ...next, ...written];
  const inits = [b.full(0, 'int32'), ...start, ...stacked];
  const condition = b.region(inits, (c, i) => c.less(i!, c.full(steps, 'int32')));
  const results = b.apply(ops.while, inits, null, [condition, graph]).slice(1);
  return { carry: results.slice(0, init.length), ys: results.slice(init.length), free: [...body.free.values()] };
}

function row({ builder }: Trace, item: Value, counter: Value, steps: number): Value {
  const shape = item.shape.slice(1);
  if (steps === 0) return builder.full(0, item.dtype, shape);
  return builder.reshape(builder.dynamicSlice(item, [counter, ...shape.map(() => builder.full(0, 'int32'))], [1, ...shape]), shape);
}

/** A compiled loop has one type for its carry: says which leaf changed. */
export function requireSameCarry(
  id: string,
  tree: TensorTree,
  before: readonly TensorType[] | readonly Tensor[],
  after: { leaves: Tensor[]; structure: TreeStructure },
): void {
  const paths = leafPaths(tree, 'carry');
  demand(
    after.structure.key === tensorLeaves(id, tree).structure.key,
    id,
    `a carry that keeps its structure (${paths.join(', ')})`,
    after.structure.key,
  );
  paths.forEach((path, i) => {
    const [expected, got] = [typeOf(before[i] as Tensor), typeOf(after.leaves[i]!)];
    if (expected.dtype !== got.dtype || !sameShape(expected.shape, got.shape)) {
      throw new BasinlabError(id, `a carry that keeps its shapes and dtypes (${path}: ${showType(expected)})`, showType(got));
    }
  });
}

function leafPaths(tree: Tree<Tensor>, path: string): string[] {
  if (tree instanceof tf.Tensor) return [path];
  if (Array.isArray(tree)) return tree.flatMap((child: Tree<Tensor>, i) => leafPaths(child, `${path}[${i}]`));
  const record = tree as Readonly<Record<string, Tree<Tensor>>>;
  return Object.keys(record)
    .sort()
    .flatMap((name) => leafPaths(record[name]!, `${path}.${name}`));
}
