import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { readParquet } from '@basinlab/core/store';
import { type PathRow, paths, type RescaledRow, type Summary } from '@basinlab/reproductions';
import { inProcess, type CliResult } from '../testing/run-cli.fixture.js';
import { shown } from '../testing/shown-text.fixture.js';

// The real thing on real MNIST, smaller than scale smoke, on the best engine there is.
const smaller = ['model.width=16', 'model.depth=1', 'data.trainSamples=1280', 'data.testSamples=300', 'plane.columns=3', 'plane.rows=2'];

describe('reproduce connectivity-mnist --scale smoke', () => {
  let out: string;
  let result: Omit<CliResult, 'signal'>;
  const summary = () => JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as Summary;
  const rescaled = () => summary().rows.filter((row) => row.quantity === 'barrier to the rescaled self') as RescaledRow[];
  const pairs = () => summary().rows.filter((row) => row.quantity === 'loss barrier between two networks') as PathRow[];
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'basinlab-connectivity-'));
    const overrides = smaller.flatMap((override) => ['--set', override]);
    result = await inProcess('reproduce', 'connectivity-mnist', '--scale', 'smoke', '--out', out, '--verbose', ...overrides);
  }, 240_000);
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  test('ends with 0, writes all files and keeps no tensor', () => {
    expect({ code: result.code, log: result.code === 0 ? '' : result.log }).toEqual({ code: 0, log: '' });
    expect(result.out).toContain('itself, rescaled by 0.1');
    expect(tf.memory().numTensors).toBe(0);
    expect(readdirSync(out).sort()).toEqual([
      'certificates.svg',
      'config.json',
      'pairs.svg',
      'plane.parquet',
      'plane.svg',
      'populations',
      'report.html',
      'rescaled-2.svg',
      'rescaled.svg',
      'results.parquet',
      'summary.json',
    ]);
  });

  test('the loss is constant along symmetry-induced curves, and the certificate holds where it applies', () => {
    expect(rescaled().map(({ network, strength }) => [network, strength])).toEqual([
      ['standard', 0.1],
      ['standard', 1],
      ['w, fixed scale 1', 0.1],
      ['w, fixed scale 1', 1],
    ]);
    for (const row of rescaled()) {
      expect(row.lossChange).toBeLessThan(1e-5);
      expect(row.length).toBeGreaterThan(row.chord);
      if (row.strength === 0.1) {
        expect(row.applies).toBe(true);
        expect(row.mean).toBeLessThan(row.epsilon!);
      }
      expect(row.applies).toBe(row.violated === null);
      expect(row.applies).toBe(row.curvature * row.chord <= 2 && row.length * row.curvature <= Math.PI);
    }
  });

  test('symmetries bring independent networks closer; every path has a finite barrier', () => {
    for (const network of ['standard', 'w, fixed scale 1']) {
      const own = pairs().filter((row) => row.network === network);
      expect(own.map(({ path }) => path)).toEqual(paths);
      const [straight, permuted, scaled, bezier, chain] = own as [PathRow, PathRow, PathRow, PathRow, PathRow];
      expect(permuted.distance).toBeLessThanOrEqual(straight.distance);
      expect(scaled.distance).toBeLessThan(permuted.distance);
      for (const { mean, accuracyBarrier } of own) expect(mean >= 0 && accuracyBarrier <= 0).toBe(true);
      for (const learned of [bezier, chain]) expect(learned.mean).toBeLessThanOrEqual(straight.mean);
    }
  });

  test('keeps the plane, and the ends of all three paths on it coincide', async () => {
    expect(await readParquet(join(out, 'plane.parquet'))).toHaveLength(3 * 2);
    const points = (await readParquet(join(out, 'results.parquet'))).filter(({ figure }) => figure === 'plane');
    const starts = points.filter((_, i) => i % 9 === 0);
    expect(points).toHaveLength(3 * 9);
    for (const { x, y } of starts) expect(Math.hypot(Number(x), Number(y))).toBeLessThan(1e-3);
  });

  test('the report holds numbers only', () => {
    const html = readFileSync(join(out, 'report.html'), 'utf8');
    expect(html).toContain('A plane of the loss');
    expect(shown(html)).not.toMatch(/NaN|undefined|Infinity/);
  });
});
