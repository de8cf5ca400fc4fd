import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from '@jest/globals';
import { expectAllclose } from '@basinlab/core/testing';
import { activate } from '@basinlab/tensor';
import { keyFromSeed, normal } from '@basinlab/tensor/random';
import { inputMoments } from '../input-subspace/index.js';
import { layer } from '../neurons/layers.fixture.js';
import { swapCosts } from '../swap-cost/index.js';
import { differentiable, normalCdf } from './activations.js';
import { allPairs, ridgeCosts, type NeuronPair } from './index.js';

await tf.setBackend('cpu');

const [units, inputs, rows] = [4, 6, 60];
const x = tf.tensor2d(normal(keyFromSeed(1), rows * inputs), [rows, inputs]);
const pairs: NeuronPair[] = [
  { slot: 0, imitated: 1 },
  { slot: 2, imitated: 0 },
  { slot: 3, imitated: 3 },
];
const tight = { rtol: 1e-8, atol: 1e-8 };

describe('closed form', () => {
  test.each(['standard', 'syre', 'w', 'scaled'] as const)('%s: no descent gets below it, and one gets there', async (kind) => {
    const neurons = layer(kind, units, inputs);
    const exact = await ridgeCosts(neurons, x, pairs, { beta: 0.05 });
    const found = await ridgeCosts(neurons, x, pairs, { beta: 0.05, method: 'quasi-newton', tolerance: 1e-7 });
    expect(found.converged).toEqual([true, true, true]);
    expectAllclose(found.objectives, exact.objectives, tight);
    expectAllclose(found.penalties, exact.penalties, { rtol: 1e-5, atol: 1e-7 });
    expectAllclose(found.slotLengths, exact.slotLengths, { rtol: 1e-5, atol: 1e-7 });
    expectAllclose(
      exact.dataTerms.map((value, row) => value + exact.penalties[row]!),
      exact.objectives,
      tight,
    );
  });

  test('a standard layer: the same for every slot, so that no swap costs anything', async () => {
    const { penalties } = await ridgeCosts(layer('standard', units, inputs), x, allPairs(units), { beta: 0.01 });
    expect([...swapCosts(penalties, units)]).toEqual(new Array(units * units).fill(0));
  });

  test('as beta falls, imitating oneself costs what the inputs need of the own weights', async () => {
    const neurons = layer('w', units, inputs);
    const { penalties, dataTerms } = await ridgeCosts(neurons, x, [{ slot: 1, imitated: 1 }], { beta: 1e-9 });
    const own = [...neurons.trained.subarray(inputs, 2 * inputs)].reduce(
      (sum, value, i) => sum + value ** 2 * neurons.scale![inputs + i]!,
      0,
    );
    expectAllclose([penalties[0]!, dataTerms[0]!], [own, 0], { rtol: 1e-6, atol: 1e-6 });
  });

  test('moments are enough; constant inputs can imitate anything by the bias alone', async () => {
    const neurons = layer('syre', units, inputs);
    const moments = await inputMoments(x);
    const [fromMoments, fromRows] = [
      await ridgeCosts(neurons, moments, pairs, { beta: 0.1 }),
      await ridgeCosts(neurons, x, pairs, { beta: 0.1 }),
    ];
    expect(fromMoments).toEqual(fromRows);
    const constant = await ridgeCosts(neurons, tf.ones([5, inputs]), pairs, { beta: 0.1 });
    expectAllclose(constant.objectives, [0, 0, 0], { rtol: 0, atol: 1e-12 });
  });
});

describe('descents', () => {
  test('adam reports what precedes its last step', async () => {
    const neurons = layer('w', units, inputs);
    const settings = { beta: 0.1, activation: 'gelu', method: 'adam' } as const;
    const [one, two] = [
      await ridgeCosts(neurons, x, pairs, { ...settings, iterations: 1 }),
      await ridgeCosts(neurons, x, pairs, { ...settings, iterations: 2 }),
    ];
    const own = pairs.map(({ slot }) =>
      [...neurons.trained.subarray(slot * inputs, (slot + 1) * inputs)].reduce(
        (sum, value, i) => sum + value ** 2 * neurons.scale![slot * inputs + i]!,
        0,
      ),
    );
    expectAllclose(one.penalties, own, tight);
    expect(two.penalties).not.toEqual(one.penalties);
    expect(one.slotLengths).not.toEqual(one.imitatedLengths);
    expect(one.converged).toEqual([false, false, false]);
  });

  test.each(['gelu', 'relu'] as const)('quasi-newton ends at or below where 500 steps of adam end: %s', async (activation) => {
    const neurons = layer('w', units, inputs);
    const settings = { beta: 0.1, activation };
    const adam = await ridgeCosts(neurons, x, pairs, { ...settings, method: 'adam', iterations: 500 });
    const newton = await ridgeCosts(neurons, x, pairs, settings);
    newton.objectives.forEach((objective, row) => expect(objective).toBeLessThan(adam.objectives[row]! * 1.001 + 1e-6));
  });

  test('float32 on the device agrees with float64 and leaves no tensors', async () => {
    const neurons = layer('syre', units, inputs);
    const settings = { beta: 0.5, activation: 'gelu', method: 'adam', iterations: 20 } as const;
    const before = tf.memory().numTensors;
    const device = await ridgeCosts(neurons, x, pairs, { ...settings, precision: 'float32' });
    expect(tf.memory().numTensors).toBe(before);
    const host = await ridgeCosts(neurons, x, pairs, { ...settings, precision: 'float64' });
    expectAllclose(device.objectives, host.objectives, { rtol: 1e-4, atol: 1e-5 });
    expect(device.objectives).not.toEqual(host.objectives);
  });
});

test.each(['identity', 'relu', 'gelu', 'gelu-tanh', 'silu'] as const)('%s and its slope, on host and device', (name) => {
  const z = tf.linspace(-6, 6, 49).dataSync();
  const on = differentiable(name);
  expectAllclose(on.values(tf.tensor(z)), Array.from(z, on.value), { rtol: 1e-4, atol: 1e-5 });
  expectAllclose(on.slopes(tf.tensor(z)), Array.from(z, on.slope), { rtol: 1e-4, atol: 1e-5 });
  expectAllclose(activate(name, tf.tensor(z)), Array.from(z, on.value), { rtol: 1e-4, atol: 1e-5 });
  for (const at of [-4.1, -0.7, 0.3, 2.2, 3.6])
    expectAllclose((on.value(at + 1e-5) - on.value(at - 1e-5)) / 2e-5, on.slope(at), { rtol: 1e-8, atol: 1e-9 });
});

test('the normal distribution function, on both sides of its two formulas', () => {
  // scipy.special.ndtr
  expectAllclose(
    [-9, -3.6, -3.4, 0, 1, 3.5, 5].map(normalCdf),
    [1.12858840595384e-19, 0.000159108590157534, 0.000336929265676881, 0.5, 0.841344746068543, 0.999767370920964, 0.999999713348428],
    { rtol: 1e-12, atol: 1e-15 },
  );
});

test('refuses what does not fit', async () => {
  const neurons = layer('w', units, inputs);
  await expect(ridgeCosts(neurons, x, pairs, { beta: 0 })).rejects.toThrow('ridge-realization: a beta above 0, got 0');
  await expect(ridgeCosts(neurons, x, [{ slot: 4, imitated: 0 }], { beta: 1 })).rejects.toThrow(
    'ridge-realization: pairs of units from 0 to 3',
  );
  await expect(ridgeCosts(neurons, x, pairs, { beta: 1, activation: 'relu', method: 'closed-form' })).rejects.toThrow(
    'the activation identity',
  );
  const moments = await inputMoments(x);
  await expect(ridgeCosts(neurons, moments, pairs, { beta: 1, activation: 'relu' })).rejects.toThrow('inputs [rows, 6]');
  await expect(ridgeCosts(neurons, tf.ones([3, 5]), pairs, { beta: 1, activation: 'relu' })).rejects.toThrow('inputs [rows, 6]');
});
