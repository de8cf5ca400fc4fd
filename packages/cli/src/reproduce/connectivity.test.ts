import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcess } from '../testing/run-cli.fixture.js';
import { shown } from '../testing/shown-text.fixture.js';
import type { SummaryRow } from '@basinlab/core';
import type { Summary } from '@basinlab/reproductions';

// The figures of paper B at scale smoke: closed forms and counts, not only that something comes out.
let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'basinlab-paper-b-'));
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

async function reproduce(id: string): Promise<Summary> {
  const folder = join(out, id);
  const { code, log } = await inProcess('reproduce', id, '--scale', 'smoke', '--engine', 'cpu', '--out', folder, '--verbose');
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  const html = readFileSync(join(folder, 'report.html'), 'utf8');
  expect(html).toContain('arXiv 2505.23681');
  expect(shown(html)).not.toMatch(/NaN|undefined/);
  return JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as Summary;
}

const numberOf = (row: SummaryRow, name: string): number => row[name] as number;

describe('reproduce', () => {
  test('connectivity-components counts what theory does, along paths of zero loss', async () => {
    const { rows } = await reproduce('connectivity-components');
    expect(rows.map((row) => [row['network'], row['layers'], row['units'], row['permutations'], row.mean])).toEqual([
      ['deep linear', 2, 1, 'no', 2],
      ['deep linear', 2, 1, 'allowed', 2],
      ['deep linear', 2, 2, 'no', 2],
      ['deep linear', 2, 2, 'allowed', 1],
      ['deep linear', 3, 1, 'no', 4],
      ['deep linear', 3, 1, 'allowed', 4],
      ['deep linear', 3, 2, 'no', 4],
      ['deep linear', 3, 2, 'allowed', 1],
      ['residual', 3, 1, 'no', 3],
      ['residual', 3, 2, 'no', 2],
    ]);
    for (const row of rows) {
      expect(row['expected']).toBe(row.mean);
      expect(numberOf(row, 'largestLoss')).toBeLessThan(1e-20);
    }
  }, 60_000);

  test('connectivity-curves: the loss is constant on curves and rises between their ends', async () => {
    const { rows } = await reproduce('connectivity-curves');
    const valueOf = (network: string, size: number, quantity: string): number =>
      rows.find((row) => row['network'] === network && row['size'] === size && row.quantity.startsWith(quantity))!.mean;
    for (const network of ['leaky ReLU', 'linear']) {
      for (const size of [1, 8]) expect(valueOf(network, size, 'curve: loss')).toBeLessThan(1e-20);
      expect(valueOf(network, 8, 'line: loss')).toBeGreaterThan(10 * valueOf(network, 1, 'line: loss'));
    }
    expect(valueOf('linear', 1, 'certified')).toBe(1);
    expect(valueOf('linear', 1, 'line: measured')).toBeLessThan(valueOf('linear', 1, 'line: bound'));
  }, 60_000);

  test('connectivity-rescaling: the measured loss is that of the closed form, also without bound after permutations', async () => {
    const { rows } = await reproduce('connectivity-rescaling');
    const of = (from: string) => rows.filter((row) => row['from'] === from);
    const [measured, closed, permuted] = ['measured', 'closed form', 'after the best permutation'].map(of);
    expect(measured!.map((row) => row['factor'])).toEqual([2, 100]);
    for (const [at, { mean }] of measured!.entries()) {
      expect(Math.abs(mean / closed![at]!.mean - 1)).toBeLessThan(1e-12);
      expect(permuted![at]!.mean).toBeLessThanOrEqual(mean);
    }
    expect(permuted![1]!.mean).toBeGreaterThan(10);
  }, 60_000);

  test('connectivity-approximate-action: every network is within the bound', async () => {
    const { rows } = await reproduce('connectivity-approximate-action');
    const valueOf = (quantity: string): number => rows.find((row) => row.quantity === quantity)!.mean;
    expect([valueOf('networks'), valueOf('networks within the bound')]).toEqual([12, 12]);
    expect(valueOf('largest change / bound')).toBeLessThan(1);
    expect(valueOf('largest change / bound, batch at most the width')).toBeLessThan(1e-6);
  }, 60_000);
});
