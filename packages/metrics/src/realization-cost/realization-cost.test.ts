import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from '@jest/globals';
import { expectAllclose } from '@basinlab/core/testing';
import { multiplyTransposed, symmetricEigen } from '@basinlab/tensor/linear-algebra';
import { centerDistances, inputGap, outputGap } from '../neuron-gaps/index.js';
import { layer, orthonormalBasis } from '../neurons/layers.fixture.js';
import { projectNeurons, type Basis } from '../neurons/projection.js';
import { anisotropy, anisotropyBound, coherence, scaleStatistics } from '../subspace-coherence/index.js';
import { signedRoot, swapCosts } from '../swap-cost/index.js';
import { gramMatrices, layerRealizationCosts, type NeuronLayer } from './index.js';

await tf.setBackend('cpu');

const [units, inputs] = [7, 12];
const tight = { rtol: 1e-9, atol: 1e-9 };

/** (a_j - v_i)^T pinv(S_i) (a_j - v_i) from eigenvectors of S_i, written out. */
function byPseudoInverse(neurons: NeuronLayer, basis: Basis): Float64Array {
  const { coefficients, centers, dimension } = projectNeurons('test', neurons, basis);
  const grams = gramMatrices(neurons, basis);
  return Float64Array.from({ length: neurons.units ** 2 }, (_, at) => {
    const [i, j] = [Math.floor(at / neurons.units), at % neurons.units];
    const { values, vectors } = symmetricEigen(grams.subarray(i * dimension ** 2, (i + 1) * dimension ** 2), dimension);
    let cost = 0;
    for (let k = 0; k < dimension; k++) {
      if (values[k]! <= dimension * Number.EPSILON * values[0]!) continue;
      let along = 0;
      for (let c = 0; c < dimension; c++)
        along += vectors[k * dimension + c]! * (coefficients[j * dimension + c]! - centers[i * dimension + c]!);
      cost += along ** 2 / values[k]!;
    }
    return cost;
  });
}

describe('exact cases', () => {
  test('a standard layer: every swap costs exactly nothing', async () => {
    const costs = await layerRealizationCosts(layer('standard', units, inputs), orthonormalBasis(1, inputs, 5));
    expect([...swapCosts(costs, units)]).toEqual(new Array(units * units).fill(0));
  });

  test('syre: t_ij = 2 (a_i - a_j) . (v_i - v_j)', async () => {
    const [syre, basis] = [layer('syre', units, inputs), orthonormalBasis(2, inputs, 5)];
    const { coefficients: a, centers: v } = projectNeurons('test', syre, basis);
    const expected = Float64Array.from({ length: units * units }, (_, at) => {
      const [i, j] = [Math.floor(at / units) * 5, (at % units) * 5];
      return 2 * [0, 1, 2, 3, 4].reduce((sum, k) => sum + (a[i + k]! - a[j + k]!) * (v[i + k]! - v[j + k]!), 0);
    });
    expectAllclose(swapCosts(await layerRealizationCosts(syre, basis), units), expected, tight);
  });

  test('neurons at their centers: the root of the least swap cost is gamma_out', async () => {
    const syre = layer('syre', units, inputs, { trained: 0 });
    const basis = orthonormalBasis(3, inputs, 4);
    const swaps = swapCosts(await layerRealizationCosts(syre, basis), units);
    const beside = [...signedRoot(swaps)].filter((_, at) => at % (units + 1) !== 0);
    expectAllclose(Math.min(...beside), outputGap(syre, basis), tight);
    expectAllclose(
      signedRoot(swaps),
      centerDistances(syre, basis).map((distance) => Math.SQRT2 * distance),
      tight,
    );
  });

  test('all directions and nothing fixed: a neuron costs its squared norm', async () => {
    const standard = layer('standard', units, inputs);
    const costs = await layerRealizationCosts(standard, orthonormalBasis(4, inputs, inputs));
    const norms = Array.from({ length: units }, (_, unit) => {
      return standard.trained.subarray(unit * inputs, (unit + 1) * inputs).reduce((sum, value) => sum + value ** 2, 0);
    });
    expectAllclose(
      norms.map((_, unit) => costs[unit * (units + 1)]!),
      norms,
      tight,
    );
  });

  test('swap costs are symmetric with zero diagonal', async () => {
    const swaps = swapCosts(await layerRealizationCosts(layer('w', units, inputs), orthonormalBasis(5, inputs, 6)), units);
    for (let i = 0; i < units; i++) for (let j = 0; j < units; j++) expect(swaps[i * units + j]).toBe(i === j ? 0 : swaps[j * units + i]);
  });

  test('signedRoot keeps signs', () => expect([...signedRoot([4, -9, 0])]).toEqual([2, -3, 0]));
});

describe('every way to handle S_i agrees with its pseudo-inverse', () => {
  test.each<[string, NeuronLayer, number]>([
    ['few fixed inputs', layer('w', units, inputs, { fixed: 2 }), 6],
    ['as many fixed as dimensions', layer('w', units, inputs, { fixed: 5 }), 5],
    ['more fixed than dimensions', layer('w', units, inputs, { fixed: 7 }), 4],
    ['fewer trained than dimensions: rank deficient', layer('w', units, inputs, { fixed: 9 }), 8],
    ['nothing trained', layer('w', units, inputs, { fixed: inputs }), 3],
    ['scales that are no mask', layer('scaled', units, inputs), 6],
  ])('%s', async (_, neurons, dimension) => {
    const basis = orthonormalBasis(6, inputs, dimension);
    expectAllclose(await layerRealizationCosts(neurons, basis), byPseudoInverse(neurons, basis), { rtol: 1e-7, atol: 1e-9 });
  });

  test('singular although enough inputs are trained: a direction lies within the fixed ones', async () => {
    // The subspace holds input 0 itself, which every neuron has fixed.
    const basis = { inputs: 4, dimension: 2, directions: Float64Array.of(1, 0, 0, 0, 0, 0.6, 0.8, 0) };
    const scale = Float64Array.of(0, 1, 1, 1, 0, 1, 1, 1);
    const neurons = {
      units: 2,
      inputs: 4,
      scale,
      shift: Float64Array.of(5, 0, 0, 0, 3, 0, 0, 0),
      effective: Float64Array.of(5, 1, 1, 1, 3, 2, 0, 1),
    };
    expectAllclose(await layerRealizationCosts(neurons, basis), [1.96, 1.44, 1.96, 1.44], tight);
    const strict = await layerRealizationCosts(neurons, basis, { inadmissible: 'infinite' });
    expectAllclose(strict, [1.96, Infinity, Infinity, 1.44], tight);
    expect([...swapCosts(strict, 2)]).toEqual([0, Infinity, Infinity, 0]);
  });

  test('inputs that the subspace does not touch change nothing', async () => {
    const basis = orthonormalBasis(7, inputs, 4);
    const padded = (rows: ArrayLike<number>, value: number): Float64Array =>
      Float64Array.from({ length: units * (inputs + 3) }, (_, at) =>
        at % (inputs + 3) < inputs ? rows[Math.floor(at / (inputs + 3)) * inputs + (at % (inputs + 3))]! : value,
      );
    const small = layer('w', units, inputs, { fixed: 10 });
    const large = {
      units,
      inputs: inputs + 3,
      effective: padded(small.effective, 9),
      shift: padded(small.shift!, 9),
      scale: padded(small.scale!, 1),
    };
    const wide = { inputs: inputs + 3, dimension: 4, directions: padded(basis.directions, 0).subarray(0, 4 * (inputs + 3)) };
    expectAllclose(await layerRealizationCosts(large, wide), await layerRealizationCosts(small, basis), tight);
  });
});

test('infinite only where a slot cannot: never for full rank, never for the own function', async () => {
  const basis = orthonormalBasis(8, inputs, 8);
  const [full, deficient] = [layer('w', units, inputs, { fixed: 2 }), layer('w', units, inputs, { fixed: 9 })];
  expect([...(await layerRealizationCosts(full, basis, { inadmissible: 'infinite' }))].every(Number.isFinite)).toBe(true);
  const costs = await layerRealizationCosts(deficient, basis, { inadmissible: 'infinite' });
  const projected = await layerRealizationCosts(deficient, basis);
  costs.forEach((cost, at) => expect(cost).toBe(at % (units + 1) === 0 ? projected[at] : Infinity));
});

test('float32 on the device agrees with float64, and leaves no tensors', async () => {
  const [many, dimension] = [70, 6];
  const basis = orthonormalBasis(9, inputs, dimension);
  const before = tf.memory().numTensors;
  for (const fixed of [2, 8]) {
    const neurons = layer('w', many, inputs, { fixed });
    const [device, host] = [
      await layerRealizationCosts(neurons, basis, { precision: 'float32' }),
      await layerRealizationCosts(neurons, basis, { precision: 'float64' }),
    ];
    expectAllclose(device, host, { rtol: 1e-4, atol: 1e-5 });
    expect(device).not.toEqual(host);
  }
  expect(tf.memory().numTensors).toBe(before);
});

test('a subspace without dimension costs nothing; wrong sizes and NaN are refused', async () => {
  const none = { inputs, dimension: 0, directions: new Float64Array() };
  expect([...(await layerRealizationCosts(layer('w', units, inputs), none))]).toEqual(new Array(units * units).fill(0));
  const w = layer('w', units, inputs);
  await expect(layerRealizationCosts(w, orthonormalBasis(1, 5, 2))).rejects.toThrow('realization-cost: a subspace of 12 inputs, got 5');
  await expect(layerRealizationCosts({ ...w, scale: [1] }, none)).rejects.toThrow('realization-cost: 7 x 12 values in scale, got 1');
  const broken = { ...w, effective: Array.from(w.effective, () => NaN) };
  await expect(layerRealizationCosts(broken, none)).rejects.toThrow('realization-cost: finite values in effective');
  expect(() => swapCosts([1], 2)).toThrow('swap-cost: costs of 2 x 2 pairs, got 1');
});

describe('anisotropy', () => {
  test.each([2, 5, 8, 11])('%i fixed inputs: the operator norm of S_i - p I', (fixed) => {
    const [neurons, basis] = [layer('w', units, inputs, { fixed }), orthonormalBasis(10, inputs, 5)];
    const { mean } = scaleStatistics(neurons);
    expectAllclose(mean, 1 - fixed / inputs, tight);
    const grams = gramMatrices(neurons, basis);
    const expected = Array.from({ length: units }, (_, unit) => {
      const shifted = grams.slice(unit * 25, (unit + 1) * 25).map((value, at) => value - (at % 6 === 0 ? mean : 0));
      return Math.max(...symmetricEigen(shifted, 5).values.map(Math.abs));
    });
    expectAllclose(anisotropy(neurons, basis, mean), expected, tight);
  });

  test('standard and syre layers have none', () => {
    const basis = orthonormalBasis(10, inputs, 5);
    expect(scaleStatistics(layer('syre', units, inputs))).toEqual({ mean: 1, deviation: 0, supremum: 0 });
    expect([...anisotropy(layer('syre', units, inputs), basis, 1)]).toEqual(new Array(units).fill(0));
    expect(anisotropyBound({ coherence: 0.3, dimension: 5, supremum: 0, deviation: 0, violation: 0.1 })).toBe(0);
  });

  test.each([8, 32, 56])('%i of 64 inputs fixed: at least 1 - delta of 200 neurons are under the Bernstein bound', (fixed) => {
    const neurons = layer('w', 200, 64, { fixed });
    const basis = orthonormalBasis(11, 64, 4);
    const { mean, ...spread } = scaleStatistics(neurons);
    expectAllclose(spread.supremum, Math.max(mean, 1 - mean), tight);
    const norms = anisotropy(neurons, basis, mean);
    for (const violation of [0.2, 0.1, 0.05, 0.02, 0.01]) {
      const bound = anisotropyBound({ coherence: coherence(basis), dimension: 4, ...spread, violation });
      expect(norms.filter((norm) => norm <= bound).length).toBeGreaterThanOrEqual((1 - violation) * 200);
    }
  });
});

describe('gaps', () => {
  test('gamma_in: by rows of the basis; inputs that nothing tells apart give 0', () => {
    const basis = { inputs: 3, dimension: 2, directions: Float64Array.of(1, 0, 0, 0, 0.6, 0.8) };
    expectAllclose(inputGap(basis, { units: 4, fixedScale: 0.5 }), 0.2, tight);
    const copies = { inputs: 2, dimension: 1, directions: Float64Array.of(Math.SQRT1_2, Math.SQRT1_2) };
    expect(inputGap(copies, { units: 4, fixedScale: 1 })).toBe(0);
    expect(inputGap({ inputs: 1, dimension: 1, directions: Float64Array.of(1) }, { units: 4, fixedScale: 1 })).toBe(Infinity);
  });
  test('center distances', () => {
    const [syre, basis] = [layer('syre', units, inputs), orthonormalBasis(12, inputs, 5)];
    const { centers } = projectNeurons('test', syre, basis);
    const products = multiplyTransposed(centers, centers, units, units, 5);
    const expected = products.map((product, at) => {
      const [i, j] = [Math.floor(at / units), at % units];
      return i === j ? 0 : Math.sqrt(products[i * (units + 1)]! + products[j * (units + 1)]! - 2 * product);
    });
    expectAllclose(centerDistances(syre, basis), expected, tight);
    expect(outputGap({ units: 1, inputs, effective: new Float64Array(inputs) }, basis)).toBe(Infinity);
  });
});
