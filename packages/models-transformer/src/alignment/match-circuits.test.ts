import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildNetwork, keyFromSeed, type GroupElement, type SymmetryBreaking, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { orthonormalColumns } from '@basinlab/core/linear-algebra';
import { childKey, normal, permutation, type Key } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { applyTransform, composeTransforms, distanceToIdentity, invertTransform } from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { gpt2Circuits } from '../architectures/gpt2-circuits.js';
import { vitCircuits } from '../architectures/vit-circuits.js';
import { matchCircuits, type CircuitStep } from './match-circuits.js';
import { circuitMatching } from './strategy.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const breaking: SymmetryBreaking = { id: 'unbroken', summary: 'Nothing is fixed', options: z.strictObject({}), constants: () => null };
const sizes = { vocabulary: 40, positions: 6, width: 8, layers: 2, heads: 3, units: 10 };

const images = { inputs: [4, 6, 2] as [number, number, number], classes: 3, patch: 2, width: 8, layers: 2, heads: 3, units: 5 };

function network(options: Partial<typeof sizes> | typeof images = {}) {
  if ('inputs' in options) return buildNetwork({ architecture: vitCircuits, options, breaking });
  return buildNetwork({ architecture: gpt2Circuits, options: { ...sizes, ...options }, breaking });
}
const paramsOf = (of: ReturnType<typeof network>, key: Key): Tensors =>
  Object.fromEntries(
    of.params.map(({ name, shape }) => [
      name,
      tf.tensor(
        normal(
          childKey(key, name),
          shape.reduce((a, b) => a * b, 1),
        ),
        [...shape],
      ),
    ]),
  );

function planted(of: ReturnType<typeof network>, key: Key, rotated: boolean): SymmetryTransform {
  const groups = new Map(of.activations.map(({ axis, units }) => [axis.group, units]));
  for (const { name, shape } of of.params) if (name.endsWith('.qk')) groups.set(name.slice(0, -3), shape[0]!);
  const size = of.params.find(({ name }) => name === 'norm.bias')!.shape[0]!;
  const stream: GroupElement = rotated
    ? {
        kind: 'orthogonal',
        size,
        matrix: Float64Array.from(orthonormalColumns(Float64Array.from(normal(childKey(key, 'stream'), size * size)), size, size)),
      }
    : { kind: 'permutation', indices: permutation(childKey(key, 'stream'), size) };
  return {
    residual: stream,
    ...Object.fromEntries(
      [...groups].map(([group, units]) => [group, { kind: 'permutation', indices: permutation(childKey(key, group), units) } as const]),
    ),
  };
}

describe('a planted element is undone in one iteration', () => {
  const cases = [
    { rotated: true, permutationsOnly: false, options: {} },
    { rotated: true, permutationsOnly: false, options: { layers: 1, heads: 1, width: 3, units: 1 } },
    { rotated: true, permutationsOnly: false, options: { layers: 3, heads: 4, width: 12, units: 33 } },
    { rotated: true, permutationsOnly: false, options: images },
    { rotated: false, permutationsOnly: true, options: images },
    { rotated: false, permutationsOnly: true, options: {} },
    { rotated: false, permutationsOnly: false, options: { heads: 5 } },
  ];
  test.each(cases)('$options rotated: $rotated, permutations only: $permutationsOnly', async ({ rotated, permutationsOnly, options }) => {
    const of = network(options);
    const a = paramsOf(of, keyFromSeed(1));
    const hidden = planted(of, keyFromSeed(2), rotated);
    const b = applyTransform(of.params, a, hidden);
    const before = tf.memory().numTensors;
    const { transform, steps } = await matchCircuits(a, b, { specs: of.params, iterations: 1, permutationsOnly });
    expect(tf.memory().numTensors).toBe(before);
    expect(steps).toHaveLength(1);
    for (const element of Object.values(composeTransforms(hidden, transform))) expect(distanceToIdentity(element)).toBeLessThan(1e-4);
    const back = applyTransform(of.params, b, transform);
    for (const [name, tensor] of Object.entries(a)) expectAllclose(back[name]!, tensor, { rtol: 0, atol: 1e-4 });
  });
});

test('once nothing moves, what is left of the iterations is told and moves nothing', async () => {
  const of = network();
  const a = paramsOf(of, keyFromSeed(1));
  const b = applyTransform(of.params, a, planted(of, keyFromSeed(2), true));
  const seen: number[] = [];
  const { transform, steps } = await matchCircuits(a, b, {
    specs: of.params,
    iterations: 6,
    onIteration: ({ iteration, params }) => {
      seen.push(iteration);
      for (const [name, tensor] of Object.entries(a)) expectAllclose(params[name]!, tensor, { rtol: 0, atol: 1e-4 });
    },
  });
  expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
  const [first, , , ...rest] = steps;
  for (const element of Object.values(composeTransforms(transform, invertTransform(first!.transform))))
    expect(distanceToIdentity(element)).toBeLessThan(1e-4);
  for (const { transform: step, costs } of rest) {
    for (const element of Object.values(step)) expect(element.kind).toBe('permutation');
    expect(costs).toEqual(steps[2]!.costs);
  }
});

test('rows of tokens that do not occur are not looked at', async () => {
  const of = network();
  const a = paramsOf(of, keyFromSeed(1));
  const b = applyTransform(of.params, a, planted(of, keyFromSeed(2), true));
  const noise = tf.tensor2d(normal(keyFromSeed(5), 40 * 8, { deviation: 30 }), [40, 8]);
  const isSpoiled = tf.reshape(tf.greaterEqual(tf.range(0, 40), 20), [40, 1]);
  for (const name of ['tokens.weight', 'head.weight']) b[name] = tf.where(isSpoiled, noise, b[name]!);
  const errorOf = async (activeTokens?: Int32Array): Promise<number> => {
    const { transform } = await matchCircuits(a, b, { specs: of.params, iterations: 1, ...(activeTokens && { activeTokens }) });
    const moved = applyTransform(of.params, b, transform);
    return (tf.max(tf.abs(tf.sub(moved['positions.weight']!, a['positions.weight']!))).dataSync() as Float32Array)[0]!;
  };
  expect(await errorOf(Int32Array.from({ length: 20 }, (_, i) => i))).toBeLessThan(1e-4);
  expect(await errorOf()).toBeGreaterThan(0.1);
});

test('steps tell distances that fall, and stop when told', async () => {
  const of = network();
  const [a, b] = [paramsOf(of, keyFromSeed(1)), paramsOf(of, keyFromSeed(3))];
  const seen: CircuitStep[] = [];
  const { transform, steps } = await matchCircuits(a, b, {
    specs: of.params,
    iterations: 3,
    costs: 'paper',
    onIteration: (step) => void seen.push(step),
  });
  expect(seen.map(({ iteration }) => iteration)).toEqual([0, 1, 2]);
  for (const { residual } of steps) expect(residual.after).toBeLessThanOrEqual(residual.before * (1 + 1e-6));
  const composed = steps.map((step) => step.transform).reduce(composeTransforms);
  expect(Object.keys(composed).sort()).toEqual(Object.keys(transform).sort());
  await expect(
    circuitMatching().align({ params: a }, { params: b }, {
      specs: of.params,
      key: keyFromSeed(1),
      signal: AbortSignal.abort(new Error('stop')),
    } as never),
  ).rejects.toThrow('stop');
});

test('other models, and models of other sizes, are refused', async () => {
  const of = network();
  const a = paramsOf(of, keyFromSeed(1));
  const others = Object.fromEntries(Object.entries(a).filter(([name]) => !name.endsWith('.qk')));
  await expect(matchCircuits(others, others, { specs: of.params })).rejects.toThrow(
    /circuit-matching: models in circuit form \(gpt2-circuits, vit-circuits\), got .*Rewrite them with toCircuits/,
  );
  await expect(matchCircuits(a, { ...a, 'norm.bias': tf.zeros([9]) }, { specs: of.params })).rejects.toThrow(
    'norm.bias: shape [8] in both models, got [9]',
  );
});
