import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { readParquet } from '@basinlab/core/store';
import type { Summary } from '@basinlab/reproductions';
import { inProcess, type CliResult } from '../testing/run-cli.fixture.js';

// The real thing on real MNIST at scale smoke, on the best engine there is.
describe('reproduce mnist-mlp-lmc --scale smoke', () => {
  let out: string;
  let first: Omit<CliResult, 'signal'>;
  const args = (...more: string[]) => ['reproduce', 'mnist-mlp-lmc', '--scale', 'smoke', '--out', out, ...more];
  const summary = () => JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as Summary;
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'basinlab-smoke-'));
    first = await inProcess(...args('--json', '--verbose'));
  }, 240_000);
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  test('ends with 0 and prints the summary that it wrote', () => {
    expect({ code: first.code, log: first.code === 0 ? '' : first.log }).toEqual({ code: 0, log: '' });
    expect(JSON.parse(first.out)).toEqual(summary());
    expect(readdirSync(out).sort()).toEqual([
      'accuracy-test.svg',
      'barriers-test.svg',
      'config.json',
      'loss-test.svg',
      'populations',
      'report.html',
      'results.parquet',
      'summary.json',
      'training.parquet',
      'training.svg',
    ]);
  });

  test('has a finite barrier of accuracy and loss for every network and alignment', () => {
    const { rows, id, scale, seconds, config, seeds } = summary();
    expect({ id, scale }).toEqual({ id: 'mnist-mlp-lmc', scale: 'smoke' });
    expect(seconds).toBeGreaterThan(0);
    expect([typeof config, typeof seeds]).toEqual(['object', 'object']);
    const keys = rows.map((row) => [row.of, row.network, row.fixedScale, row.alignment].join());
    expect(new Set(keys).size).toBe(2 * 4 * 3);
    for (const row of rows) {
      expect(Object.keys(row)).toEqual([
        'quantity',
        'of',
        'split',
        'network',
        'fixedScale',
        'alignment',
        'mean',
        'standardError',
        'pairs',
        'paper',
      ]);
      expect(Number.isFinite(row.mean)).toBe(true);
      expect(row).toMatchObject({ quantity: 'barrier', split: 'test', pairs: 1, standardError: null });
      expect(row.of === 'accuracy' ? -row.mean : row.mean).toBeGreaterThanOrEqual(0);
    }
  });

  test('aligned standard networks are closer to one another than unaligned ones', () => {
    const barrier = (alignment: string) =>
      summary().rows.find((row) => row.of === 'accuracy' && row.network === 'standard' && row.alignment === alignment)!.mean;
    expect(barrier('none')).toBeLessThan(-5);
    expect(barrier('activation-matching')).toBeGreaterThan(barrier('none') + 5);
  });

  test('keeps every point of every path', async () => {
    const points = await readParquet(join(out, 'results.parquet'));
    expect(points).toHaveLength(4 * 3 * 5);
    expect(points.map((point) => Object.keys(point))).toContainEqual([
      'network',
      'fixedScale',
      'alignment',
      'pair',
      'split',
      'lambda',
      'accuracy',
      'loss',
    ]);
    expect(points[0]).toMatchObject({ network: 'standard', fixedScale: null, alignment: 'none', pair: '1-2', lambda: 0 });
  });

  test('the report shows every network in every figure and all numbers of the table', () => {
    const html = readFileSync(join(out, 'report.html'), 'utf8');
    for (const name of ['standard', 'w, fixed scale 0', 'w, fixed scale 1', 'syre, fixed scale 1'])
      expect(html.split(`<h3>${name}</h3>`)).toHaveLength(5);
    for (const row of summary().rows) expect(html).toContain(row.mean.toFixed(row.of === 'accuracy' ? 2 : 4).replace(/^-(0\.0+)$/, '$1'));
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('a second call takes the finished populations as they are; another config is refused', async () => {
    const checkpoint = () => statSync(join(out, 'populations', 'standard', 'checkpoints', 'epoch-000001.safetensors')).mtimeMs;
    const [before, rows] = [checkpoint(), summary().rows];
    const tensors = tf.memory().numTensors;
    const again = await inProcess(...args('--verbose'));
    expect(tf.memory().numTensors).toBe(tensors);
    expect({ code: again.code, log: again.code === 0 && !again.log.includes('train') ? '' : again.log }).toEqual({ code: 0, log: '' });
    expect(again.out).toContain('standard');
    expect([checkpoint(), summary().rows]).toEqual([before, rows]);

    const other = await inProcess(...args('--seed', '2'));
    expect(other.code).toBe(2);
    expect(other.log).toContain('--fresh');
  }, 120_000);

  test('the report can be written again from the numbers', async () => {
    const { code } = await inProcess('report', out);
    expect(code).toBe(0);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Barriers on the test split');
  });
});
