import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describeWithPlugin, testLibrary } from '../testing.fixture.js';
import { computeAll, difference } from './fixtures/compare.fixture.js';
import type { Outcome } from './fixtures/compare.fixture.js';
import { startXla } from './fixtures/engine.fixture.js';
import { families } from './fixtures/families.fixture.js';
import { kernels, unloweredKernels } from './index.js';
import { declaredKernels, kernelTable } from './table.js';

const used = new Set<string>();

beforeAll(async () => {
  if (testLibrary !== null) await startXla((kernel) => used.add(kernel));
});
afterAll(() => {
  if (testLibrary !== null) tf.removeBackend('xla');
});

describeWithPlugin.each(Object.entries(families))('%s kernels equal those of tfjs cpu', (_, cases) => {
  const outcomes: Record<string, Outcome[]> = {};
  beforeAll(async () => {
    for (const backend of ['cpu', 'xla']) {
      await tf.setBackend(backend);
      outcomes[backend] = tf.tidy(() => computeAll(cases) as unknown as tf.Tensor[]) as unknown as Outcome[];
    }
  });

  test.each(cases.map((each, i) => [each.name, each, i] as const))('%s', (__, each, i) => {
    expect(difference(outcomes.xla![i]!, outcomes.cpu![i]!, each.tolerance)).toBeNull();
  });
});

describeWithPlugin('the table', () => {
  test('every kernel with a lowering has a case that runs it', () => {
    const declared = new Set(Object.values(families).flatMap((cases) => cases.flatMap((each) => each.kernels)));
    expect(Object.keys(kernels).filter((kernel) => !declared.has(kernel))).toEqual([]);
    expect([...declared].filter((kernel) => !used.has(kernel))).toEqual([]);
  });

  test('every kernel of tfjs-core has a lowering or a reason', () => {
    const names = declaredKernels();
    expect(names.length).toBeGreaterThan(150);
    expect(names.filter((name) => Number(name in kernels) + Number(name in unloweredKernels) !== 1)).toEqual([]);
    expect(Object.keys(unloweredKernels).filter((name) => !names.includes(name))).toEqual([]);
  });

  test('docs/kernels.md is what scripts/write-kernel-table.mjs writes', () => {
    expect(readFileSync(new URL('../../docs/kernels.md', import.meta.url), 'utf8')).toBe(kernelTable());
  });
});
