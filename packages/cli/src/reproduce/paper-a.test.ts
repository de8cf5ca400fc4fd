import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SummaryRow } from '@basinlab/core';
import type { Summary } from '@basinlab/reproductions';
import { inProcess } from '../testing/run-cli.fixture.js';

// Every figure of paper A at scale smoke, from one store of populations.
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'basinlab-paper-a-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function reproduce(id: string, ...more: string[]): Promise<Summary & { log: string }> {
  const out = join(folder, id);
  const args = ['--scale', 'smoke', '--out', out, '--runs', join(folder, 'populations'), '--verbose', ...more];
  const { code, log } = await inProcess('reproduce', id, ...args);
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('arXiv 2606.04754');
  return { ...(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as Summary), log };
}

const numberOf = (rows: readonly SummaryRow[], quantity: string, labels: Readonly<Record<string, unknown>> = {}): number =>
  rows.find((row) => row.quantity.startsWith(quantity) && Object.entries(labels).every(([name, value]) => row[name] === value))!.mean;

describe('reproduce', () => {
  test('matching-objective: fixed weights bring the identity to the optimum, standard units match by chance', async () => {
    const { rows } = await reproduce('matching-objective');
    const share = (breaking: string, fixedScale: number | null) =>
      numberOf(rows, 'identity between', { breaking, fixedScale, sparsity: 1 });
    expect(Math.abs(share('standard', null))).toBeLessThan(0.1);
    expect(share('w', 2)).toBeGreaterThan(0.9);
  }, 300_000);

  test('training-similarity and function-class-distance take the populations that are there', async () => {
    const similarity = await reproduce('training-similarity');
    expect(similarity.log).not.toContain('train');
    expect(numberOf(similarity.rows, 'cosine of all updates', { breaking: 'w', fixedScale: 1 })).toBeGreaterThan(
      numberOf(similarity.rows, 'cosine of all updates', { breaking: 'standard' }),
    );
    const { rows, log } = await reproduce('function-class-distance');
    expect(log).not.toContain('train');
    const distance = (breaking: string, fixedScale: number | null) =>
      numberOf(rows, 'Hausdorff', { breaking, fixedScale, layer: 'layers.0' });
    expect(distance('standard', null)).toBe(0);
    expect(distance('syre', 1)).toBeGreaterThan(distance('w', 0));
  }, 300_000);

  test('swap-costs-subspace: costs grow with the dimension where weights are fixed', async () => {
    const { rows } = await reproduce('swap-costs-subspace');
    const cost = (k: number, fixedScale: number) => numberOf(rows, 'mean of sign', { k, fixedScale, epoch: 1 });
    expect(cost(2, 1)).toBeLessThan(cost(8, 1));
    expect(cost(8, 1)).toBeLessThan(cost(32, 1));
    expect(cost(32, 0)).toBeLessThan(0.5);
  }, 300_000);

  test('lmc-subspace-dimension has the drops beside those of the paper', async () => {
    const { rows } = await reproduce('lmc-subspace-dimension');
    const drops = rows.filter(({ quantity }) => quantity === 'accuracy drop (points)');
    expect(drops.map((row) => [row['k'], row.paper])).toEqual([
      [2, 46.4],
      [8, 15.7],
      [32, 6.1],
    ]);
    for (const { mean } of drops) expect(mean).toBeGreaterThanOrEqual(0);
  }, 300_000);

  test('swap-costs-mnist: nothing for standard networks, more with larger fixed weights', async () => {
    const { rows } = await reproduce('swap-costs-mnist');
    const cost = (breaking: string, fixedScale: number | null) =>
      numberOf(rows, 'swap cost (Mahalanobis)', { breaking, fixedScale, layer: 'layers.0' });
    expect(cost('standard', null)).toBe(0);
    expect(cost('w', 1)).toBeGreaterThan(cost('w', 0));
  }, 300_000);

  test('coherence-layers: rotated MNIST is less coherent, and neurons keep to the bound', async () => {
    const { rows } = await reproduce('coherence-layers');
    const coherence = (data: string) => numberOf(rows, 'coherence', { data, breaking: 'standard', layer: 'layers.0' });
    expect(coherence('rotated')).toBeLessThan(coherence('mnist'));
    for (const row of rows.filter(({ quantity }) => quantity.startsWith('share of neurons'))) expect(row.mean).toBeLessThanOrEqual(0.05);
  }, 300_000);

  test('identifiability-phase and predict-lmc cover their grid and their draws', async () => {
    const phase = await reproduce('identifiability-phase');
    expect(phase.rows.filter(({ quantity }) => quantity === 'accuracy barrier (%)')).toHaveLength(2 * 2);
    const { rows } = await reproduce('predict-lmc');
    expect(rows.map(({ mean }) => Math.abs(mean) <= 1)).toEqual(rows.map(() => true));
    for (const row of rows) expect(row['values']).toBe(5);
  }, 180_000);

  test('fashion-mnist-resnet20-lmc measures residual networks, aligned and not', async () => {
    const { rows } = await reproduce(
      'fashion-mnist-resnet20-lmc',
      '--set',
      'dataset.options.limit={"train":320,"validation":50,"test":50}',
    );
    const barriers = rows.filter(({ quantity }) => quantity === 'accuracy barrier (%)');
    expect(barriers.map((row) => [row['breaking'], row['alignment']])).toEqual([
      ['standard', 'none'],
      ['standard', 'activation-matching'],
      ['w', 'none'],
      ['w', 'activation-matching'],
    ]);
  }, 240_000);
});
