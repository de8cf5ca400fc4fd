import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import {
  buildNetwork,
  createActivationRecorder,
  disposeActivations,
  type ActivationBatch,
  type ParamSpec,
  type SymmetryBreaking,
} from '@basinlab/core';
import { keyFromSeed, normal, permutation } from '@basinlab/core/random';
import { orthonormalColumns } from '@basinlab/core/linear-algebra';
import { expectAllclose } from '@basinlab/core/testing';
import { matchers } from '@basinlab/core/testing/jest';
import { z } from 'zod';
import { layered } from '../layered.fixture.js';
import { matchActivations, matchActivationsAtSites } from './match-activations.js';
import { createModelMatcher } from './model-matcher.js';
import { matchingObjective, matchingObjectives, objectivesUnder } from './objectives.js';
import { emptyPairMoments, mergePairMoments, pairMoments } from '@basinlab/core/statistics';
import { similarityMatrix } from './similarity.js';

expect.extend(matchers);
beforeAll(() => tf.setBackend('cpu'));

const [ROWS, A, B] = [60, 4, 5];
const x = normal(keyFromSeed(1), ROWS * A);
const y = normal(keyFromSeed(2), ROWS * B).map((value, k) => value + (k % B === 2 ? x[Math.floor(k / B) * A]! : 0));
const tensors = (from = 0, to = ROWS) =>
  [tf.tensor2d(x.slice(from * A, to * A), [to - from, A]), tf.tensor2d(y.slice(from * B, to * B), [to - from, B])] as const;

/** Correlation of unit i of x and unit j of y, straight from the definition. */
function correlation(i: number, j: number): number {
  const [u, v] = [Array.from({ length: ROWS }, (_, r) => x[r * A + i]!), Array.from({ length: ROWS }, (_, r) => y[r * B + j]!)];
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / ROWS;
  const [mu, mv] = [mean(u), mean(v)];
  const sum = (f: (r: number) => number) => u.reduce((total, _, r) => total + f(r), 0);
  return sum((r) => (u[r]! - mu) * (v[r]! - mv)) / Math.sqrt(sum((r) => (u[r]! - mu) ** 2) * sum((r) => (v[r]! - mv) ** 2));
}

describe('similarities', () => {
  test('follow their definitions', async () => {
    const moments = await pairMoments(...tensors());
    const rho = Array.from({ length: A * B }, (_, k) => correlation(Math.floor(k / B), k % B));
    const dots = Array.from({ length: A * B }, (_, k) => {
      let sum = 0;
      for (let r = 0; r < ROWS; r++) sum += x[r * A + Math.floor(k / B)]! * y[r * B + (k % B)]!;
      return sum;
    });
    expect(similarityMatrix(moments, 'pearson')).toBeAllclose(rho);
    expect(similarityMatrix(moments, 'pearson-zero-for-constant')).toBeAllclose(rho);
    expect(similarityMatrix(moments, 'uncorrelatedness')).toBeAllclose(rho.map((value) => 1 - Math.abs(value)));
    expect(similarityMatrix(moments, 'dot-unnormalised')).toBeAllclose(dots, { rtol: 1e-5, atol: 1e-4 });
    expect(similarityMatrix(moments, 'dot')).toBeAllclose(dots.map((dot) => dot / ROWS));
  });

  test('do not depend on the batches, whatever their sizes', async () => {
    const whole = await pairMoments(...tensors());
    let parts = emptyPairMoments(A, B);
    for (const [from, to] of [
      [0, 1],
      [1, 8],
      [8, 50],
      [50, 60],
    ] as const)
      parts = mergePairMoments(parts, await pairMoments(...tensors(from, to)));
    expect(parts.rows).toBe(ROWS);
    for (const similarity of ['dot', 'pearson'] as const) {
      expect(similarityMatrix(parts, similarity)).toBeAllclose(similarityMatrix(whole, similarity));
    }
  });

  test('stay exact for means far larger than deviations', async () => {
    const [a, b] = tensors();
    const far = await pairMoments(tf.add(a, 1000), tf.sub(b, 3000));
    // Adding the offset rounds the data themselves to 2^-14 and 2^-13.
    expect(similarityMatrix(far, 'pearson')).toBeAllclose(similarityMatrix(await pairMoments(a, b), 'pearson'), { rtol: 0, atol: 2e-4 });
  });

  test.each([0, 0.1, -1234.567, 1e30])('a unit that is %d on every input has no correlation, in one batch or several', async (value) => {
    const constant = (rows: number) =>
      tf.tensor2d(
        Float32Array.from({ length: rows * 2 }, (_, k) => (k % 2 === 0 ? value : x[k]!)),
        [rows, 2],
      );
    const several = mergePairMoments(await pairMoments(constant(7), tensors(0, 7)[1]), await pairMoments(constant(23), tensors(7, 30)[1]));
    for (const moments of [await pairMoments(constant(30), tensors(0, 30)[1]), several]) {
      expect(similarityMatrix(moments, 'pearson-zero-for-constant').slice(0, B)).toEqual(new Float64Array(B));
      expect(similarityMatrix(moments, 'uncorrelatedness-one-for-constant').slice(0, B)).toEqual(new Float64Array(B).fill(1));
      expect(() => similarityMatrix(moments, 'pearson')).toThrow(
        'pearson: units that vary over the inputs, got unit 0 of A constant. Use pearson-zero-for-constant.',
      );
      expect(() => similarityMatrix(moments, 'uncorrelatedness')).toThrow('Use uncorrelatedness-one-for-constant.');
    }
  });

  test('count each pixel of a feature map as a row, and leave no tensor behind', async () => {
    const [a, b] = tensors();
    const before = tf.memory().numTensors;
    const maps = await pairMoments(
      tf.tidy(() => tf.reshape(a, [5, 4, 3, A])),
      tf.tidy(() => tf.reshape(b, [5, 4, 3, B])),
    );
    expect(tf.memory().numTensors).toBe(before + 2); // the two feature maps
    expect(maps).toEqual(await pairMoments(a, b));
  });

  test('refuse other rows, other units and no row at all', async () => {
    const [a, b] = tensors();
    await expect(pairMoments(a, tf.slice(b, 0, 3))).rejects.toThrow('pairMoments: activations on the same rows, got [[60,4],[3,5]]');
    expect(() => mergePairMoments(emptyPairMoments(2, 3), emptyPairMoments(2, 4))).toThrow('units 2 and 3 in every batch, got [2,4]');
    expect(() => similarityMatrix(emptyPairMoments(2, 2), 'dot')).toThrow('dot: activations of at least one input, got 0');
  });
});

describe('objectives', () => {
  const similarity = Float64Array.from([1, 2, 3, 4, 5, 6, 7, 8, 10]);

  test('are mean similarities of pairs; the optimum is the best of them', () => {
    expect(matchingObjective(similarity, [0, 1, 2])).toBe(16 / 3);
    const { permutation: best, optimal, identity, random } = matchingObjectives(similarity, { key: keyFromSeed(1), count: 40 });
    expect([optimal, identity]).toEqual([16 / 3, 16 / 3]);
    expect(matchingObjective(similarity, best)).toBe(optimal);
    expect(Math.max(...random.values)).toBeLessThanOrEqual(optimal);
    expect(new Set(random.values).size).toBeGreaterThan(1);
  });

  test('the deviation divides by one less than the count', () => {
    const { values, mean, deviation } = objectivesUnder(similarity, [
      [0, 1, 2],
      [1, 0, 2],
    ]);
    expect(values).toEqual([16 / 3, 16 / 3]);
    expect([mean, deviation]).toEqual([16 / 3, 0]);
    expect(
      objectivesUnder(Float64Array.from([1, 0, 0, 1]), [
        [0, 1],
        [1, 0],
      ]),
    ).toEqual({ values: [1, 0], mean: 0.5, deviation: Math.SQRT1_2 });
    expect(objectivesUnder(similarity, [[0, 1, 2]]).deviation).toBeNaN();
  });
});

describe('matchActivations', () => {
  const specs: ParamSpec[] = [{ name: 'w', shape: [4, 2], init: { kind: 'zeros' }, role: 'weight', axes: [{ group: 'units' }, null] }];
  const batch = (name: string, values: tf.Tensor, field: Partial<ActivationBatch['columns'][number]['field']> = {}): ActivationBatch => ({
    rows: values.shape[0]!,
    columns: [{ name, field: { model: name, layer: 'units', site: 'post-activation', ...field }, tensor: values }],
  });

  test('a column belongs to the group its field names; all columns of a group count', async () => {
    const order = permutation(keyFromSeed(3), A);
    const [a] = tensors();
    const b = tf.gather(a, tf.tensor1d(order, 'int32'), 1);
    const inverse = Int32Array.from({ length: A }, (_, i) => order.indexOf(i));
    for (const field of [{}, { layer: 'elsewhere', group: 'units' }]) {
      const { transform, groups } = await matchActivations([batch('a', a, field)], [batch('b', b, field)], { specs });
      expect(transform['units']).toEqual({ kind: 'permutation', indices: inverse });
      expect(groups.get('units')!.objective).toBeCloseTo(1, 6);
    }
  });

  test('units that may change their sign get the sign that was planted, unless they are only permuted', async () => {
    const signed = [{ name: 'w', shape: [A], axes: [{ group: 'units', kind: 'signed-permutation' as const }] }];
    const order = permutation(keyFromSeed(3), A);
    const [a] = tensors();
    const signs = tf.tensor1d([1, -1, -1, 1]);
    const b = tf.mul(tf.gather(a, tf.tensor1d(order, 'int32'), 1), signs);
    const inverse = Int32Array.from({ length: A }, (_, i) => order.indexOf(i));
    const match = async (more = {}) =>
      (await matchActivations([batch('a', a)], [batch('b', b)], { specs: signed, ...more })).transform['units'];
    const scales = Float64Array.from(inverse, (place) => [1, -1, -1, 1][place]!);
    expect(await match()).toEqual({ kind: 'monomial', indices: inverse, scales });
    expect((await match({ permutationsOnly: true }))!.kind).toBe('permutation');
    expect((await match({ similarity: 'uncorrelatedness' }))!.kind).toBe('permutation');
  });

  test('a group that may rotate gets the rotation that was planted, unless it is only permuted', async () => {
    const rotating = [{ name: 'w', shape: [6], axes: [{ group: 'units', kind: 'orthogonal' as const }] }];
    const turn = Float64Array.from(orthonormalColumns(Float64Array.from(normal(keyFromSeed(4), 36)), 6, 6));
    const x = tf.tensor2d(normal(keyFromSeed(5), 300), [50, 6]);
    // Rows of B are those of A times the turn: new = turn old brings them back.
    const y = tf.matMul(x, tf.tensor2d(Float32Array.from(turn), [6, 6]));
    const { transform, groups } = await matchActivations([batch('a', x)], [batch('b', y)], { specs: rotating });
    const found = transform['units']!;
    expect(found.kind).toBe('orthogonal');
    if (found.kind === 'orthogonal') expectAllclose(found.matrix, turn, { rtol: 0, atol: 1e-4 });
    expect(groups.get('units')!.objective).toBeGreaterThan(0.5);
    const only = await matchActivations([batch('a', x)], [batch('b', y)], { specs: rotating, permutationsOnly: true });
    expect(only.transform['units']!.kind).toBe('permutation');
  });

  test('refuses batches that do not pair up and sites without a column', async () => {
    const [a] = tensors();
    await expect(matchActivations([batch('a', a)], [], { specs })).rejects.toThrow('as many batches of B as of A, got [1,0]');
    await expect(matchActivations([batch('a', a)], [batch('b', a, { layer: 'x' })], { specs })).rejects.toThrow(
      'a column units post-activation of B, got none',
    );
    await expect(matchActivations([batch('a', a)], [batch('b', a)], { specs, site: 'post-norm' })).rejects.toThrow(
      'columns of the site post-norm that belong to a symmetry group, got units post-activation',
    );
  });

  test('several sites in one pass are several passes, and no tensor is left', async () => {
    const [a, b] = tensors();
    const two = (name: string, x: tf.Tensor): ActivationBatch => ({
      rows: ROWS,
      columns: [
        ...batch(name, x).columns,
        ...batch(`${name}2`, x, { site: 'post-linear' }).columns.map((column) => ({ ...column, tensor: tf.square(x) })),
      ],
    });
    const four = tf.slice(b, [0, 0], [ROWS, A]);
    const [left, right] = [[two('a', a)], [two('b', four)]];
    const before = tf.memory().numTensors;
    const both = await matchActivationsAtSites(left, right, { specs, sites: ['post-activation', 'post-linear'] });
    for (const [site, matching] of both) expect(matching).toEqual(await matchActivations(left, right, { specs, site }));
    expect(both.get('post-linear')!.groups).not.toEqual(both.get('post-activation')!.groups);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('createModelMatcher', () => {
  const unbroken: SymmetryBreaking = { id: 'none', summary: 'no breaking', options: z.strictObject({}), constants: () => null };
  const network = buildNetwork({ architecture: layered, options: { widths: [5, 4], block: 3 }, breaking: unbroken });
  const [a, b] = [1, 2].map((seed) => network.init({ initKey: keyFromSeed(seed), constantsKey: keyFromSeed(3) }));
  const inputs = tf.tensor2d(normal(keyFromSeed(4), 90 * 6), [90, 6]);

  test.each([90, 7, 1])('in batches of %i: what recorded batches of both give, from one program, without leaks', async (size) => {
    const recorder = createActivationRecorder(network, { batch: 40 });
    const [left, right] = [recorder.record('a', a!, inputs), recorder.record('b', b!, inputs)];
    const expected = await matchActivations(left, right, { specs: network.params });
    disposeActivations([...left, ...right]);
    const matcher = createModelMatcher(network, { batch: size });
    const before = tf.memory().numTensors;
    const { transform, groups } = (await matcher.match(a!, b!, inputs)).get('post-activation')!;
    expect(tf.memory().numTensors).toBe(before);
    expect(transform).toEqual(expected.transform);
    expect([...groups.keys()]).toEqual(['hidden.0', 'hidden.1']);
    for (const [group, { similarity }] of groups)
      expect(similarity).toBeAllclose(expected.groups.get(group)!.similarity, { rtol: 1e-4, atol: 1e-5 });
    matcher.dispose();
  });

  test('refuses sites without a group, no input, and stops when it is told to', async () => {
    const nowhere = createModelMatcher(network, { sites: ['post-norm'] });
    await expect(nowhere.match(a!, b!, inputs)).rejects.toThrow('activation-matching: a site post-norm with a symmetry group, got ');
    await expect(nowhere.match(a!, b!, tf.zeros([0, 6]))).rejects.toThrow('activation-matching: at least one input, got 0');
    await expect(nowhere.match(a!, b!, inputs, AbortSignal.abort())).rejects.toThrow('abort');
  });
});
