import { describe, expect, test } from '@jest/globals';
import { Builder } from './builder.js';
import { Graph } from './graph.js';
import type { Value } from './graph.js';
import { replayMixture } from './mixture.js';
import type { TensorType } from './types.js';

const f32 = (...shape: number[]): TensorType => ({ shape, dtype: 'float32' });
const [rows, inputs, units] = [6, 50, 8];

/** Replays a function of a model for a mixture of two; says which ops are done once and which for every weight. */
function replayed(leaves: readonly TensorType[], f: (b: Builder, x: Value, ...leaves: Value[]) => Value | readonly Value[]) {
  const once = new Graph();
  const x = once.input(f32(rows, inputs));
  const ends = leaves.map((type) => [once.input(type), once.input(type)]);
  const target = once.region();
  const weights = target.input(f32(2));
  const source = target.region();
  const result = f(new Builder(source), x, ...leaves.map((type) => source.input(type)));
  source.outputs = Array.isArray(result) ? (result as Value[]) : [result as Value];
  const outputs = replayMixture({ source, ends, once, target, weights });
  const names = (graph: Graph) => graph.nodes.map(({ op }) => op.name);
  return {
    once: names(once),
    target: names(target),
    outputs,
    count: (list: string[], name: string) => list.filter((each) => each === name).length,
  };
}

const product = (b: Builder, x: Value, y: Value) => b.dotGeneral(x, y, { lhsContract: [1], rhsContract: [1] });

describe('what is done once', () => {
  test('the first affine layer with its bias and the centring of a norm, for both models; later layers for every weight', () => {
    const { once, target, count, outputs } = replayed(
      [f32(units, inputs), f32(units), f32(units, units), f32(units)],
      (b, x, w0, b0, w1, b1) => {
        const z = b.add(product(b, x, w0!), b0!);
        const centred = b.subtract(z, b.multiply(b.reduce(z, 'add', [1], true), 1 / units));
        return b.add(product(b, b.tanh(centred), w1!), b1!);
      },
    );
    expect([count(once, 'dot_general'), count(once, 'reduce'), count(once, 'subtract')]).toEqual([2, 2, 2]);
    expect([count(target, 'dot_general'), count(target, 'reduce'), count(target, 'tanh')]).toEqual([1, 0, 1]);
    expect(outputs[0]!.shape).toEqual([rows, units]);
  });

  test('a function without anything to do at once mixes its leaves and is replayed as it is', () => {
    const { once, target, count } = replayed([f32(units, inputs)], (b, x, w) => product(b, b.multiply(x, 2), b.exp(w!)));
    expect(once).toEqual(['constant', 'broadcast_in_dim', 'multiply']);
    expect([count(target, 'dot_general'), count(target, 'exponential')]).toEqual([1, 1]);
  });

  test('products of two mixtures are not affine', () => {
    const { once, count, target } = replayed([f32(units, inputs), f32(units, units)], (b, x, w0, w1) =>
      product(b, product(b, x, w0!), w1!),
    );
    expect([count(once, 'dot_general'), count(target, 'dot_general')]).toEqual([2, 1]);
  });

  test('nothing that would make the mixing more work: a bias spread over rows, and products of few factors', () => {
    const bias = replayed([f32(units)], (b, _, offset) => b.broadcastInDim(offset!, [rows, units], [1]));
    expect([bias.once, bias.count(bias.target, 'multiply')]).toEqual([[], 2]);
    const narrow = replayed([f32(40, 3)], (b, x, w) => product(b, b.sliceAxis(x, 1, 0, 3), w!));
    expect([narrow.count(narrow.once, 'dot_general'), narrow.count(narrow.target, 'dot_general')]).toEqual([0, 1]);
  });

  test('leaves that models share count as fixed', () => {
    const once = new Graph();
    const [mask, raw] = [once.input(f32(units, inputs)), [once.input(f32(units, inputs)), once.input(f32(units, inputs))]];
    const x = once.input(f32(rows, inputs));
    const target = once.region();
    const weights = target.input(f32(2));
    const source = target.region();
    const [a, c] = [source.input(f32(units, inputs)), source.input(f32(units, inputs))];
    const b = new Builder(source);
    source.outputs = [product(b, x, b.multiply(a, c))];
    replayMixture({ source, ends: [[mask], raw], once, target, weights });
    expect(once.nodes.map(({ op }) => op.name)).toEqual(['multiply', 'dot_general', 'multiply', 'dot_general']);
  });

  test('a loop that does not depend on the model runs once; one that does runs for every weight', () => {
    const loop = (b: Builder, start: Value, added: Value) =>
      b.while(
        [start],
        (c, x) => c.less(c.reshape(c.sliceAxis(c.flatten(x!), 0, 0, 1), []), 9),
        (c, x) => c.add(x!, added),
      )[0]!;
    const { once, target, count } = replayed([f32(rows, inputs)], (b, x, w) => [loop(b, x, x), loop(b, x, w!)]);
    expect([count(once, 'while'), count(target, 'while')]).toEqual([1, 1]);
  });
});
