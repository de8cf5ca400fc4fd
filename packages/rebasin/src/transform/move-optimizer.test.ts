import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Optimizer, OptimizerState, ParamSpec, SymmetryTransform, Tensors } from '@basinlab/core';
import { orthonormalColumns } from '@basinlab/core/linear-algebra';
import { childKey, keyFromSeed, normal, permutation } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { builtinOptimizers } from '@basinlab/core/training';
import * as tf from '@tensorflow/tfjs-core';
import { applyTransform, moveOptimizerState, permutations } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const size = 5;
const stream = { group: 'stream', kind: 'orthogonal' } as const;
const spec = { init: { kind: 'zeros' }, role: 'weight' } as const;
const specs: ParamSpec[] = [
  { ...spec, name: 'in.weight', shape: [3, size], axes: [null, stream] },
  { ...spec, name: 'out.weight', shape: [size, 4], axes: [stream, { group: 'units' }] },
  { ...spec, name: 'out.bias', shape: [4], role: 'bias', axes: [{ group: 'units' }] },
];
const key = keyFromSeed(3);
const drawn = (name: string): Tensors =>
  Object.fromEntries(
    specs.map((each) => [
      each.name,
      tf.tensor(
        normal(
          childKey(childKey(key, name), each.name),
          each.shape.reduce((a, b) => a * b, 1),
        ),
        [...each.shape],
      ),
    ]),
  );
const exchange: SymmetryTransform = permutations([
  ['stream', permutation(childKey(key, 'stream'), size)],
  ['units', permutation(childKey(key, 'units'), 4)],
]);
const rotation: SymmetryTransform = {
  ...exchange,
  stream: {
    kind: 'orthogonal',
    size,
    matrix: Float64Array.from(orthonormalColumns(Float64Array.from(normal(key, size * size)), size, size)),
  },
};

/** Some steps on gradients that move with the parameters. */
function trained(
  optimizer: Optimizer,
  start: { params: Tensors; state: OptimizerState },
  steps: readonly number[],
  move: (x: Tensors) => Tensors,
) {
  const options = optimizer.options.parse({});
  let now = start;
  for (const step of steps) {
    const at = { step: tf.scalar(step), learningRate: tf.scalar(0.02) };
    now = optimizer.update(options, at, now.params, move(drawn(`gradients ${step}`)), now.state);
  }
  return now;
}
const start = (optimizer: Optimizer) => {
  const params = drawn('params');
  return { params, state: optimizer.init(optimizer.options.parse({}), params) };
};
const onwards = (optimizer: Optimizer, transform: SymmetryTransform): { moved: Tensors; expected: Tensors } => {
  const move = (x: Tensors): Tensors => applyTransform(specs, x, transform);
  const middle = trained(optimizer, start(optimizer), [1, 2, 3], (x) => x);
  const { params } = trained(optimizer, middle, [4, 5], (x) => x);
  const carried = { params: move(middle.params), state: moveOptimizerState(specs, optimizer, middle.state, transform) };
  return { moved: trained(optimizer, carried, [4, 5], move).params, expected: move(params) };
};

describe('what an optimizer keeps, moved with the model', () => {
  test.each(builtinOptimizers.map((optimizer) => [optimizer.id, optimizer] as const))(
    '%s goes on under exchanged units as if nothing had been moved',
    (_, optimizer) => {
      const { moved, expected } = onwards(optimizer, exchange);
      for (const [name, value] of Object.entries(expected)) expectAllclose(moved[name]!, value, { rtol: 1e-4, atol: 1e-5 });
    },
  );

  test('muon, which looks at matrices as a whole, goes on under rotations too; adamw does nearly', () => {
    const by = (id: string) => builtinOptimizers.find((optimizer) => optimizer.id === id)!;
    const muon = onwards(by('muon'), rotation);
    for (const name of ['in.weight', 'out.weight']) expectAllclose(muon.moved[name]!, muon.expected[name]!, { rtol: 1e-3, atol: 2e-3 });
    const adamw = onwards(by('adamw'), rotation);
    const distance = (x: Tensors, y: Tensors) =>
      Math.sqrt(Object.keys(x).reduce((sum, name) => sum + tf.sum(tf.square(tf.sub(x[name]!, y[name]!))).dataSync()[0]!, 0));
    const before = applyTransform(specs, trained(by('adamw'), start(by('adamw')), [1, 2, 3], (x) => x).params, rotation);
    expect(distance(adamw.moved, adamw.expected)).toBeLessThan(0.5 * distance(adamw.expected, before));
  });

  test('squares of gradients move by squared entries, also of weights that read what a map moves: none is below 0', () => {
    const units = { group: 'units', kind: 'invertible' } as const;
    const mapped = [
      { name: 'made', shape: [2], axes: [units] },
      { name: 'read', shape: [2], axes: [{ ...units, as: 'reads' as const }] },
    ];
    const transform: SymmetryTransform = { units: { kind: 'invertible', size: 2, matrix: Float64Array.of(1, 3, 0, 1) } };
    const state = { v: { made: tf.tensor1d([1, 2]), read: tf.tensor1d([1, 2]) } };
    const { v } = moveOptimizerState(mapped, { squares: ['v'] }, state, transform);
    // Gradients of what M moves are moved by its inverse transposed, [1, 0; -3, 1], and those of what reads it by M.
    expectAllclose(v!['made']!, [1, 9 + 2]);
    expectAllclose(v!['read']!, [1 + 9 * 2, 2]);
  });
});
