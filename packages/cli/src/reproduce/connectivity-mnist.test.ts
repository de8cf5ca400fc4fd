import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { readParquet } from '@basinlab/core/store';
import type { Summary } from '@basinlab/reproductions';
import { inProcess, type CliResult } from '../testing/run-cli.fixture.js';
import { shown } from '../testing/shown-text.fixture.js';

// The real thing on real MNIST, smaller than scale smoke, on the best engine there is.
const smaller = ['model.width=16', 'model.depth=1', 'dataset.options.limit.train=1280', 'plane.columns=3', 'plane.rows=2'];
const paths = ['straight line', 'straight line, permuted', 'straight line, permuted and rescaled', 'Bezier curve', 'polygonal chain'];

describe('reproduce connectivity-mnist --scale smoke', () => {
  let out: string;
  let result: Omit<CliResult, 'signal'>;
  const summary = () => JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as Summary;
  const table = (name: string) => readParquet(join(out, `${name}.parquet`));
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'basinlab-connectivity-'));
    const overrides = smaller.flatMap((override) => ['--set', override]);
    result = await inProcess('reproduce', 'connectivity-mnist', '--scale', 'smoke', '--out', out, '--verbose', ...overrides);
  }, 240_000);
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  test('ends with 0, writes every table and figure and keeps no tensor', () => {
    expect({ code: result.code, log: result.code === 0 ? '' : result.log }).toEqual({ code: 0, log: '' });
    expect(result.out).toContain('barrier to the rescaled self');
    expect(tf.memory().numTensors).toBe(0);
    const files = readdirSync(out);
    for (const name of ['rescaled-chord', 'paths', 'rescaled-plane', 'certificates', 'models']) expect(files).toContain(`${name}.parquet`);
    expect(files.filter((name) => name.endsWith('.svg'))).toHaveLength(4);
  });

  test('the loss is constant along symmetry-induced curves, and the certificate holds where it applies', async () => {
    const rows = (await table('rescaled-chord')).filter(({ path }) => path === null);
    expect(new Set(rows.map(({ breaking, strength, model }) => `${String(breaking)} ${String(strength)} ${String(model)}`)).size).toBe(8);
    for (const row of rows) {
      expect(row['lossChange']).toBeLessThan(1e-5);
      expect(row['length']).toBeGreaterThan(Number(row['chord']));
      const applies = row['violated'] === null;
      if (row['strength'] === 0.1) expect(applies).toBe(true);
      if (applies) expect(row['barrier']).toBeLessThan(Number(row['certified']));
      expect(applies).toBe(Number(row['curvatureTimesChord']) <= 2 && Number(row['length']) * Number(row['curvature']) <= Math.PI);
    }
  });

  test('symmetries bring independent networks closer; every path has a finite barrier', async () => {
    const rows = (await table('paths')).filter(({ t }) => t === null);
    for (const breaking of ['standard', 'w']) {
      const own = paths.map((path) => rows.find((row) => row['breaking'] === breaking && row['path'] === path)!);
      const distances = own.map(({ distance }) => Number(distance));
      expect(distances[1]).toBeLessThanOrEqual(distances[0]!);
      expect(distances[2]).toBeLessThan(distances[1]!);
      for (const { lossBarrier, accuracyBarrier } of own) expect(Number(lossBarrier) >= 0 && Number(accuracyBarrier) <= 0).toBe(true);
      for (const learned of own.slice(3)) expect(Number(learned['lossBarrier'])).toBeLessThanOrEqual(Number(own[0]!['lossBarrier']));
    }
    const barrier = summary().rows.find((row) => row.quantity.startsWith('loss barrier') && row['path'] === 'Bezier curve')!;
    expect(barrier).toMatchObject({ breaking: 'standard', fixedScale: null, mean: expect.any(Number), paper: null });
  });

  test('keeps the plane, and all three paths on it begin in the model', async () => {
    const rows = await table('rescaled-plane');
    expect(rows.filter(({ path }) => path === null)).toHaveLength(2 * 3 * 2);
    const onPaths = rows.filter(({ path }) => path !== null);
    expect(onPaths).toHaveLength(2 * 3 * 9);
    for (const { t, x, y } of onPaths) if (t === 0) expect(Math.hypot(Number(x), Number(y))).toBeLessThan(1e-3);
  });

  test('the report holds numbers only', () => {
    const html = readFileSync(join(out, 'report.html'), 'utf8');
    expect(html).toContain('Test loss around a network and its rescaled self');
    expect(shown(html)).not.toMatch(/NaN|undefined|Infinity/);
  });
});
