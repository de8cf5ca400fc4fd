import { describe, expect, test } from '@jest/globals';
import { expectAllclose } from '@basinlab/core/testing';
import { centerDistances } from '../neuron-gaps/index.js';
import { layer, orthonormalBasis } from '../neurons/layers.fixture.js';
import { gramMatrices } from '../neurons/gram-matrices.js';
import { projectNeurons } from '../neurons/projection.js';
import { functionClassDistances } from './index.js';

const [units, inputs] = [4, 6];

describe('functionClassDistances', () => {
  test('standard neurons share one class; classes of syre neurons differ by their centers', () => {
    const basis = orthonormalBasis(1, inputs, 3);
    const options = { budget: 0.7 };
    expect(functionClassDistances(layer('standard', units, inputs), basis, options).map(({ distance }) => distance)).toEqual(
      new Array(6).fill(0),
    );
    const syre = layer('syre', units, inputs);
    const centers = centerDistances(syre, basis);
    for (const { pair, distance } of functionClassDistances(syre, basis, options)) {
      expectAllclose(distance, centers[pair[0] * units + pair[1]]!, { rtol: 1e-12, atol: 0 });
    }
  });

  test('in the plane: the largest difference of support functions over all directions', () => {
    const basis = orthonormalBasis(2, inputs, 2);
    const broken = layer('w', units, inputs, { fixed: 3 });
    for (const budget of [0.3, 2]) {
      const { centers } = projectNeurons('test', broken, basis);
      const grams = gramMatrices(broken, basis);
      const support = (unit: number, [x, y]: [number, number]): number => {
        const [a, b, , c] = [...grams.subarray(unit * 4, unit * 4 + 4)] as [number, number, number, number];
        return centers[unit * 2]! * x + centers[unit * 2 + 1]! * y + budget * Math.sqrt(a * x * x + 2 * b * x * y + c * y * y);
      };
      for (const { pair, distance } of functionClassDistances(broken, basis, { budget })) {
        const over = Array.from({ length: 5_000 }, (_, at): [number, number] => {
          const angle = (2 * Math.PI * at) / 5_000;
          return [Math.cos(angle), Math.sin(angle)];
        });
        const expected = Math.max(...over.map((u) => Math.abs(support(pair[0], u) - support(pair[1], u))));
        expectAllclose(distance, expected, { rtol: 1e-6, atol: 1e-9 });
      }
    }
  });

  test('never above what the support functions allow, also where classes are flat; symmetric', () => {
    const basis = orthonormalBasis(3, inputs, 4);
    const flat = layer('w', units, inputs, { fixed: 4 });
    const all = functionClassDistances(flat, basis, { budget: 1 });
    const reversed = functionClassDistances(flat, basis, { budget: 1, pairs: all.map(({ pair: [i, j] }) => [j, i] as const) });
    all.forEach(({ pair, distance, directed }, at) => {
      expect(directed[0]).toBe(reversed[at]!.directed[1]);
      const centers = centerDistances(flat, basis)[pair[0] * units + pair[1]]!;
      expect(distance).toBeLessThanOrEqual(centers + 1);
      expect(distance).toBeGreaterThan(0);
    });
  });

  test('the metric of functions weighs directions by the inputs that vary along them', () => {
    const basis = { ...orthonormalBasis(1, inputs, 3), variances: Float64Array.of(4, 4, 4, 0, 0, 0) };
    const syre = layer('syre', units, inputs);
    const plain = functionClassDistances(syre, basis, { budget: 1 });
    const weighed = functionClassDistances(syre, basis, { budget: 1, metric: 'functions' });
    weighed.forEach(({ distance }, at) => expectAllclose(distance, 2 * plain[at]!.distance, { rtol: 1e-12, atol: 0 }));
  });

  test('refuses a budget without bound and unknown units', () => {
    const basis = orthonormalBasis(1, inputs, 3);
    const standard = layer('standard', units, inputs);
    expect(() => functionClassDistances(standard, basis, { budget: Infinity })).toThrow('hausdorff: a finite budget above 0');
    expect(() => functionClassDistances(standard, basis, { budget: 1, pairs: [[0, 4]] })).toThrow('hausdorff: pairs of units from 0 to 3');
    expect(() => functionClassDistances(standard, basis, { budget: 1, metric: 'functions' })).toThrow(
      'hausdorff: variances of the subspace',
    );
  });
});
