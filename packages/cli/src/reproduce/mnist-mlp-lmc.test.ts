import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { readParquet } from '@basinlab/core/store';
import type { Summary } from '@basinlab/reproductions';
import { inProcess, type CliResult } from '../testing/run-cli.fixture.js';
import { shown } from '../testing/shown-text.fixture.js';

// The real thing on real MNIST at scale smoke, on the best engine there is.
describe('reproduce mnist-mlp-lmc --scale smoke', () => {
  let out: string;
  let first: Omit<CliResult, 'signal'>;
  const args = (...more: string[]) => ['reproduce', 'mnist-mlp-lmc', '--scale', 'smoke', '--out', out, ...more];
  const summary = () => JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as Summary;
  const barriers = () => summary().rows.filter(({ quantity }) => quantity === 'accuracy barrier (%)');
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'basinlab-smoke-'));
    first = await inProcess(...args('--json', '--verbose'));
  }, 240_000);
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  test('ends with 0 and prints the summary that it wrote', () => {
    expect({ code: first.code, log: first.code === 0 ? '' : first.log }).toEqual({ code: 0, log: '' });
    expect(JSON.parse(first.out)).toEqual(summary());
    expect(readdirSync(out).sort()).toEqual([
      'accuracy-along-the-path.svg',
      'accuracy-barriers.svg',
      'accuracy-over-training.svg',
      'config.json',
      'linear-mode-connectivity.parquet',
      'loss-along-the-path.svg',
      'models.parquet',
      'populations',
      'report.html',
      'results.parquet',
      'summary.json',
      'tables',
      'tables.json',
      'training.parquet',
    ]);
  });

  test('has a finite barrier of accuracy and loss for every network and alignment, and a verdict for every statement', () => {
    const { rows, id, scale, seconds, claims } = summary();
    expect({ id, scale }).toEqual({ id: 'mnist-mlp-lmc', scale: 'smoke' });
    expect(seconds).toBeGreaterThan(0);
    const measured = rows.filter(({ quantity }) => quantity.includes('barrier'));
    expect(new Set(measured.map((row) => [row.quantity, row['breaking'], row['fixedScale'], row['alignment']].join())).size).toBe(
      2 * 4 * 3,
    );
    for (const row of measured) {
      expect(Number.isFinite(row.mean)).toBe(true);
      expect(row).toMatchObject({ split: 'test', values: 1, standardError: null });
      expect(row.quantity.startsWith('accuracy') ? -row.mean : row.mean).toBeGreaterThanOrEqual(0);
    }
    // A trial is no evidence.
    expect(claims.map(({ verdict }) => verdict)).toEqual(['cannot be compared', 'cannot be compared']);
  });

  test('aligned standard networks are closer to one another than unaligned ones', () => {
    const barrier = (alignment: string) => barriers().find((row) => row['breaking'] === 'standard' && row['alignment'] === alignment)!.mean;
    expect(barrier('none')).toBeLessThan(-5);
    expect(barrier('activation-matching')).toBeGreaterThan(barrier('none') + 5);
  });

  test('keeps every point of every path', async () => {
    const rows = await readParquet(join(out, 'results.parquet'));
    const points = rows.filter(({ lambda }) => lambda !== null);
    expect(points).toHaveLength(4 * 3 * 5);
    expect(points[0]).toMatchObject({ breaking: 'standard', fixedScale: null, alignment: 'none', pair: '1-2', split: 'test', lambda: 0 });
  });

  test('the report shows every network in every figure and the verdicts', () => {
    const html = readFileSync(join(out, 'report.html'), 'utf8');
    for (const name of ['standard', 'w, fixed scale 0', 'w, fixed scale 1', 'syre, fixed scale 1'])
      expect(html).toContain(`<h3>breaking ${name}</h3>`);
    expect(html).toContain('cannot be compared');
    expect(shown(html)).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('a second call takes what is finished as it is; another config is refused', async () => {
    const [population] = readdirSync(join(out, 'populations')).filter((name) => name.startsWith('mnist-mlp-standard'));
    const checkpoint = () => statSync(join(out, 'populations', population!, 'checkpoints', 'epoch-000001.safetensors')).mtimeMs;
    const [before, rows] = [checkpoint(), summary().rows];
    const tensors = tf.memory().numTensors;
    const again = await inProcess(...args('--verbose'));
    expect(tf.memory().numTensors).toBe(tensors);
    expect({ code: again.code, log: again.code === 0 && !/train|measure/.test(again.log) ? '' : again.log }).toEqual({ code: 0, log: '' });
    expect(again.out).toContain('standard');
    expect([checkpoint(), summary().rows]).toEqual([before, rows]);

    const other = await inProcess(...args('--seed', '2'));
    expect(other.code).toBe(2);
    expect(other.log).toContain('--fresh');
  }, 120_000);

  test('what is measured needs no weights any more: runs may go, and only one whose table is lost is trained again', async () => {
    const tables = () =>
      Object.fromEntries(['models', 'training', 'results'].map((name) => [name, readFileSync(join(out, `${name}.parquet`), 'base64')]));
    const before = tables();
    const all = readdirSync(join(out, 'populations'));
    rmSync(join(out, 'populations'), { recursive: true });
    expect(await inProcess(...args())).toMatchObject({ code: 0 });
    expect([existsSync(join(out, 'populations')), tables()]).toEqual([false, before]);

    const lost = all.find((name) => name.startsWith('mnist-mlp-standard'))!;
    rmSync(join(out, 'tables', lost, 'models.parquet'));
    expect(await inProcess(...args())).toMatchObject({ code: 0 });
    expect([readdirSync(join(out, 'populations')), tables()]).toEqual([[lost], before]);
  }, 120_000);

  test('the report can be written again from the numbers', async () => {
    const { code } = await inProcess('report', out);
    expect(code).toBe(0);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Against the paper');
  });

  test('settings of its own and of its experiments are one language; what is neither is refused before anything is made', async () => {
    const refused = async (...more: string[]) => {
      const { code, log } = await inProcess('reproduce', 'mnist-mlp-lmc', '--scale', 'smoke', '--out', join(out, 'not-made'), ...more);
      expect(code).toBe(2);
      expect(readdirSync(out)).not.toContain('not-made');
      return log;
    };
    expect(await refused('--set', 'model.widht=3')).toContain('Did you mean model.width?');
    expect(await refused('--set', 'training.epohcs=3')).toContain('Did you mean training.epochs?');
    expect(await refused('--metric', 'swap-costs')).toContain('Did you mean "swap-cost"?');
    expect(await refused('--set', 'alignments=["weight-machting"]')).toContain('Did you mean "weight-matching"?');
  });
});
