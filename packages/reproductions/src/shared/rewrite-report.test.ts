import { expect, test } from '@jest/globals';
import type { PopulationLabels } from '@basinlab/core';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtinReproductions } from '../index.js';
import { claim } from './claim.js';
import type { Summary } from './contract.js';
import { rewriteReport } from './rewrite-report.js';

const reproduction = builtinReproductions.find(({ id }) => id === 'training-similarity')!;
const settings = reproduction.scale('smoke');
const labels = reproduction.populations!(settings, 'smoke').map((population) => population.labels);
/** As versions before called the breaking of a network. */
const former = labels.map(({ breaking, ...rest }): PopulationLabels => ({ network: breaking!, ...rest }));
const configOf = (all: readonly PopulationLabels[], own: unknown = settings) => ({
  settings: own,
  populations: all.map((one) => ({ labels: one })),
});
const summaryOf = (config: unknown) => ({ id: reproduction.id, scale: 'smoke', version: '0.0.1', config }) as Summary;

test('what a version with other labels measured is neither gone on with nor drawn', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'basinlab-labels-'));
  try {
    await claim(folder, reproduction.id, configOf(former), false);
    await expect(claim(folder, reproduction.id, configOf(labels), false)).rejects.toThrow('one of another config');
    const rewritten = (config: unknown) => rewriteReport(reproduction, summaryOf(config), folder);
    await expect(rewritten(configOf(former))).rejects.toThrow('labels are those of this version, got results of version 0.0.1');
    await expect(rewritten(configOf(labels, { seed: 1 }))).rejects.toThrow('labels are those of this version');
    // With the labels of today the tables are looked for.
    await expect(rewritten(configOf(labels))).rejects.toThrow('tables.json');
    expect(existsSync(join(folder, 'report.html'))).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
