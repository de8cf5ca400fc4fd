import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildNetwork, type SymmetryBreaking, type Tensors } from '@basinlab/core';
import { childKey, foldIn, keyFromSeed, normal, randomInt, type Key } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { valueAndGradients } from '@basinlab/core/training';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { z } from 'zod';
import { centreRouters } from '../rewrites/centre-routers.js';
import { gpt2 } from './gpt2.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const unbroken: SymmetryBreaking = { id: 'unbroken', summary: 'Nothing is fixed', options: z.strictObject({}), constants: () => null };
const small = { vocabulary: 7, positions: 6, width: 8, heads: 2, layers: 1, units: 5 };
const tokens = tf.tensor2d(randomInt(keyFromSeed(3), 12, 0, 7), [2, 6], 'int32');
const build = (count: number, active: number, more: object = {}, balance = 0) =>
  buildNetwork({ architecture: gpt2, options: { ...small, experts: { count, active, balance }, ...more }, breaking: unbroken });
type Built = ReturnType<typeof build>;

/** Away from where parameters start, so that experts differ by much. */
const sample = ({ params }: Built, key: Key): Tensors =>
  Object.fromEntries(
    params.map(({ name, shape, init }) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const noise = tf.tensor(normal(childKey(key, name), size, { deviation: 0.5 }), [...shape]);
      return [name, tf.add(noise, init.kind === 'ones' ? 1 : 0)];
    }),
  );
const run = (network: Built, params: Tensors) => {
  const seen: Tensors = {};
  const tap = ({ layer, site }: { layer: string; site: string }, value: tf.Tensor): void => void (seen[`${layer} ${site}`] = value);
  return { logits: network.apply({ params, constants: {}, state: {} }, tokens, { tap }).logits, seen };
};
const gelu = (x: number): number => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** What sending every token to its experts only gives, one token and one expert at a time. */
function byToken(params: Tensors, x: number[], count: number, active: number): number[] {
  const value = (name: string) => params[`blocks.0.mlp.${name}`]!.arraySync();
  const [router, into, offsets] = [value('router.weight'), value('in.weight'), value('in.bias')] as [number[][], number[][], number[]];
  const [out, added] = [value('out.weight'), value('out.bias')] as [number[][], number[][]];
  const dot = (a: number[], b: number[]): number => a.reduce((sum, each, at) => sum + each * b[at]!, 0);
  const scores = router.map((row) => dot(row, x));
  const chosen = [...scores.keys()].sort((i, j) => scores[j]! - scores[i]!).slice(0, active);
  const weighed = active === 1 ? [...scores.keys()] : chosen;
  const total = weighed.reduce((sum, expert) => sum + Math.exp(scores[expert]!), 0);
  const units = into.length / count;
  return x.map((_, to) =>
    chosen.reduce((sum, expert) => {
      const share = Math.exp(scores[expert]!) / total;
      const own = Array.from({ length: units }, (__, unit) => expert * units + unit);
      const written = own.reduce((all, unit) => all + out[to]![unit]! * gelu(dot(into[unit]!, x) + offsets[unit]!), 0);
      return sum + share * (written + added[expert]![to]!);
    }, 0),
  );
}

describe('a mixture of experts', () => {
  test.each([
    [4, 2],
    [5, 1],
    [3, 3],
  ])('%i experts, %i active: computing all of them is sending tokens to theirs', (count, active) => {
    const network = build(count, active);
    const params = sample(network, keyFromSeed(count));
    const { seen } = run(network, params);
    const inputs = (seen['blocks.0.mlp input']!.arraySync() as number[][][]).flat();
    const expected = inputs.map((x) => byToken(params, x, count, active));
    expectAllclose(tf.reshape(seen['blocks.0.mlp.out post-linear']!, [12, 8]), tf.tensor2d(expected), { rtol: 1e-4, atol: 1e-5 });
  });

  test('as many experts see a token as are active; their shares sum to 1 where there are several', () => {
    for (const active of [1, 2, 3, 4]) {
      const network = build(4, active);
      const shares = run(network, sample(network, keyFromSeed(5))).seen['blocks.0.mlp.router post-norm']!;
      expectAllclose(tf.sum(tf.cast(tf.greater(shares, 0), 'float32'), -1), tf.fill([2, 6], active), { rtol: 0, atol: 0 });
      const sums = tf.sum(shares, -1);
      if (active > 1) expectAllclose(sums, tf.ones([2, 6]), { rtol: 1e-6, atol: 1e-6 });
      else expect(tf.max(sums).dataSync()[0]).toBeLessThan(1);
    }
  });

  test.each([1, 2])('%i active: every parameter is trained, the router too, and experts that see no token are not', (active) => {
    const network = build(3, active, { gated: true });
    const params = sample(network, keyFromSeed(6));
    // No token asks for the last expert.
    const far = tf.tensor2d(
      Array.from({ length: 24 }, (_, at) => (at < 16 ? 0 : 1)),
      [3, 8],
    );
    const bias = params['blocks.0.mlpNorm.bias']!;
    const name = 'blocks.0.mlp.router.weight';
    const avoiding = { ...params, [name]: tf.sub(params[name]!, tf.mul(far, 40)), 'blocks.0.mlpNorm.bias': tf.add(bias, 3) };
    const { gradients } = valueAndGradients((trial) => {
      const { logits } = network.apply({ params: trial, constants: {}, state: {} }, tokens, { training: true });
      return { value: tf.mean(tf.square(logits)), aside: {} };
    }, avoiding);
    const largest = (x: tf.Tensor): number => tf.max(tf.abs(x)).dataSync()[0]!;
    for (const { name: parameter } of network.params)
      if (!parameter.endsWith('key.bias')) expect([parameter, largest(gradients[parameter]!) > 0]).toEqual([parameter, true]);
    const rows = tf.reshape(gradients['blocks.0.mlp.in.weight']!, [3, 5, 8]);
    expect(largest(tf.slice(rows, [2, 0, 0]))).toBe(0);
    expect(largest(tf.slice(rows, [0, 0, 0], [2, 5, 8]))).toBeGreaterThan(0);
  });

  test('unequal loads cost something in training only: the least where all experts see as many tokens', () => {
    const [network, plain] = [build(4, 2, {}, 0.5), build(4, 2)];
    const params = sample(network, keyFromSeed(8));
    const apply = (of: Built, values: Tensors, training = true) =>
      of.apply({ params: values, constants: {}, state: {} }, tokens, { training });
    const penaltyOf = (values: Tensors): number => apply(network, values).penalty!.dataSync()[0]!;
    expect(apply(plain, params).penalty).toBeUndefined();
    expect(apply(network, params, false).penalty).toBeUndefined();
    expectAllclose(apply(network, params).logits, apply(plain, params).logits, { rtol: 0, atol: 0 });
    const name = 'blocks.0.mlp.router.weight';
    const shares = tf.softmax(
      tf.matMul(
        tf.reshape(run(network, params).seen['blocks.0.mlp input']!, [12, 8]) as tf.Tensor2D,
        params[name] as tf.Tensor2D,
        false,
        true,
      ),
    );
    const load = tf.mean(tf.cast(tf.greater(run(network, params).seen['blocks.0.mlp.router post-norm']!, 0), 'float32'), [0, 1]);
    const expected = tf.mul(tf.sum(tf.mul(tf.div(load, 2), tf.mean(shares, 0))), 4 * 0.5).dataSync()[0]!;
    expect(penaltyOf(params)).toBeCloseTo(expected, 5);
    const { gradients } = valueAndGradients(
      (trial) => ({ value: apply(network, { ...params, ...trial }).penalty as tf.Scalar, aside: {} }),
      { [name]: params[name]! },
    );
    expect(penaltyOf({ ...params, [name]: tf.sub(params[name]!, tf.mul(gradients[name]!, 0.05)) })).toBeLessThan(penaltyOf(params));
  });

  test('one vector in all rows of a router changes nothing, and centring takes it out', () => {
    const sizes = fc.record({
      count: fc.integer({ min: 2, max: 6 }),
      active: fc.integer({ min: 1, max: 6 }),
      seed: fc.integer({ min: 0, max: 1e6 }),
    });
    fc.assert(
      fc.property(sizes, ({ count, active, seed }) => {
        const [network, key] = [build(count, Math.min(active, count), { layers: 2 }), keyFromSeed(seed)];
        const params = sample(network, key);
        const moved = Object.fromEntries(
          Object.entries(params).map(([name, tensor], at) => [
            name,
            name.endsWith('.router.weight') ? tf.add(tensor, tf.tensor1d(normal(foldIn(key, at), 8))) : tensor,
          ]),
        );
        const [centred, fromMoved] = [centreRouters(params), centreRouters(moved)];
        const { logits } = run(network, params);
        for (const other of [moved, centred]) expectAllclose(run(network, other).logits, logits, { rtol: 1e-4, atol: 1e-4 });
        for (const [name, tensor] of Object.entries(centred)) {
          expectAllclose(fromMoved[name]!, tensor, { rtol: 0, atol: 1e-5 });
          if (name.endsWith('.router.weight')) expect(tf.max(tf.abs(tf.mean(tensor, 0))).dataSync()[0]).toBeLessThan(1e-6);
          else expectAllclose(tensor, params[name]!, { rtol: 0, atol: 0 });
        }
      }),
      { numRuns: 20, seed: 1 },
    );
  });

  test('the circuit form, the format of another library and impossible numbers are refused', async () => {
    const options = gpt2.options.parse({ ...small, experts: { count: 4 } });
    expect(options.experts).toEqual({ count: 4, active: 2, balance: 0 });
    const [form] = gpt2.rewrites!;
    const { params } = build(4, 2).init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
    expect(() => form!.options(options)).toThrow('gpt2: one MLP in each layer, for circuits, got 4 experts');
    await expect(async () => form!.params(params, options)).rejects.toThrow('got 4 experts');
    expect(() => gpt2.formats![0]!.write(params, options)).toThrow(
      'one MLP in each layer, which is what GPT-2 has in transformers, got 4 experts',
    );
    expect(() => build(2, 3)).toThrow(/at most as many active experts as there are/);
    expect(() => build(1, 1)).toThrow(/experts.count/);
  });
});
