import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SummaryRow } from '@basinlab/core';
import type { Summary } from '@basinlab/reproductions';
import { inProcess } from '../testing/run-cli.fixture.js';
import { text } from '../testing/words.fixture.js';

// Every figure of paper C at scale smoke, from one store of populations, on a text of our own.
let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'basinlab-paper-c-'));
  file = join(folder, 'words.txt');
  writeFileSync(file, text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function reproduce(id: string, ...more: string[]): Promise<Summary & { log: string }> {
  const out = join(folder, id);
  const args = ['--scale', 'smoke', '--set', `text=${file}`, '--out', out, '--runs', join(folder, 'populations'), '--verbose', ...more];
  const { code, log } = await inProcess('reproduce', id, ...args);
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('arXiv 2506.22712');
  return { ...(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as Summary), log };
}

const barrier = 'test loss barrier (nats)';
const numbersOf = (rows: readonly SummaryRow[], quantity: string, label: string): ReadonlyMap<string, number> =>
  new Map(rows.filter((row) => row.quantity === quantity).map((row) => [`${row['network']} ${row[label]}`, row.mean]));

/** Every number is one, for both networks and all values of a label. */
function expectNumbers(
  rows: readonly SummaryRow[],
  quantity: string,
  label: string,
  values: readonly (string | number)[],
  networks = ['gpt2', 'vit'],
) {
  const found = numbersOf(rows, quantity, label);
  expect([...found.keys()].sort()).toEqual(networks.flatMap((network) => values.map((value) => `${network} ${value}`)).sort());
  for (const value of found.values()) expect(Number.isFinite(value)).toBe(true);
}

describe('reproduce', () => {
  test('transformer-barriers has all ten rows of both networks, each with a verdict that a trial does not give', async () => {
    const { rows, claims } = await reproduce('transformer-barriers');
    const matched = ['activation matching', 'weight matching', 'learned'].flatMap((name) => [name, `${name}, permutations only`]);
    const others = ['none', 'weight matching without rewriting', 'learned, both models moved', 'learned without data'];
    expectNumbers(rows, barrier, 'alignment', [...matched, ...others]);
    expect(rows.map(({ paper }) => paper).filter((paper) => paper !== null)).toEqual([]);
    expect(claims.map(({ verdict }) => verdict)).toEqual(Array(3).fill('cannot be compared'));
  }, 300_000);

  test('transformer-paths, interpolation-sampling and residual-rotation take the populations that are there', async () => {
    const paths = await reproduce('transformer-paths');
    expect(paths.log).not.toContain('train gpt2');
    expectNumbers(paths.rows, 'test loss in the middle, above the ends (nats)', 'alignment', ['none', 'weight matching', 'learned']);
    const sampled = await reproduce('interpolation-sampling');
    expectNumbers(sampled.rows, barrier, 'alignment', ['none', 'fixed', 'gaussian', 'narrow-uniform', 'uniform']);
    const { rows, log } = await reproduce('residual-rotation');
    expect(log).not.toContain('train gpt2');
    const distances = numbersOf(rows, 'distance to the identity', 'alignment');
    expect(distances.size).toBe(4);
    for (const distance of distances.values()) expect(distance).toBeGreaterThan(0.1);
  }, 300_000);

  test('soft-permutations: those that stay soft change the second model', async () => {
    const { rows } = await reproduce('soft-permutations');
    const losses = numbersOf(rows, 'test loss at the second end (nats)', 'alignment');
    for (const network of ['gpt2', 'vit'])
      expect(losses.get(`${network} learned, soft permutations`)).not.toBeCloseTo(losses.get(`${network} learned, permutations only`)!, 4);
  }, 300_000);

  test('matching-iterations and matching-initialisation', async () => {
    const { rows } = await reproduce('matching-iterations');
    const byIterations = rows.filter((row) => row.quantity === barrier && row['iterations'] !== undefined);
    expect(new Set(byIterations.map((row) => row['matching'])).size).toBe(2);
    expect(byIterations.every(({ mean }) => Number.isFinite(mean))).toBe(true);
    const starts = (await reproduce('matching-initialisation')).rows.filter(({ quantity }) => quantity === barrier);
    expect(new Set(starts.map((row) => row['start'])).size).toBe(2);
    expect(starts.every(({ mean }) => Number.isFinite(mean))).toBe(true);
  }, 300_000);

  test('width-heterogeneous: the narrow models are a quarter as wide, and compared with the wide ones', async () => {
    const { rows } = await reproduce('width-heterogeneous');
    const barriers = rows.filter(({ quantity }) => quantity === barrier);
    expect(barriers.map((row) => [row['width'], row['alignment'], row['values']])).toEqual(
      ['none', 'weight matching', 'learned'].map((alignment) => [16, alignment, 2]),
    );
  }, 300_000);

  test('multi-model: one simplex of three models, as they are and aligned', async () => {
    const { rows } = await reproduce('multi-model');
    expectNumbers(rows, barrier, 'alignment', ['none', 'weight matching', 'learned']);
  }, 300_000);

  test('transformer-identifiability: ordinary, W and syre transformers', async () => {
    const { rows } = await reproduce('transformer-identifiability');
    const unaligned = rows.filter((row) => row.quantity === barrier && row['alignment'] === 'none');
    expect(new Set(unaligned.map((row) => `${row['network']} ${row['breaking']}`)).size).toBe(6);
  }, 300_000);
});
