import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { encodeSafetensors } from '@basinlab/core/store';
import { checkGolden } from './check-golden.js';
import type { GoldenCheck, GoldenTensor, GoldenTolerance } from './contract.js';

type Described = GoldenTensor & ({ role: 'input' } | { role: 'expected'; tolerance: GoldenTolerance });
const input = (values: number[]): Described => ({
  role: 'input',
  shape: [values.length],
  dtype: 'float32',
  data: Float32Array.from(values),
});
const floats = (values: number[], tolerance: GoldenTolerance, shape = [values.length]): Described => ({
  role: 'expected',
  shape,
  dtype: 'float64',
  data: Float64Array.from(values),
  tolerance,
});
const integers = (values: number[], tolerance: GoldenTolerance = { exact: true }): Described => ({
  role: 'expected',
  shape: [values.length],
  dtype: 'int32',
  data: Int32Array.from(values),
  tolerance,
});

/** A check whose outputs are its inputs of the same name, so that a fixture says what is computed. */
const echo: GoldenCheck = {
  kinds: ['echo'],
  unsupported: ({ parameters }) => (parameters['model'] === 'resnet' ? 'needs a resnet' : undefined),
  compute: async ({ inputs }) => Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name.replace('got.', ''), data])),
};

describe('checkGolden', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'golden-'))));
  afterEach(() => rm(folder, { recursive: true }));

  async function run(fixtures: Record<string, Record<string, Described>>, { parameters = {}, damage = false } = {}) {
    const entries = [];
    for (const [id, tensors] of Object.entries(fixtures)) {
      const bytes = encodeSafetensors(
        Object.fromEntries(Object.entries(tensors).map(([name, { shape, data }]) => [name, { shape, data }])),
      );
      entries.push({
        id,
        file: `${id}.safetensors`,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        parameters,
        tensors: Object.fromEntries(Object.entries(tensors).map(([name, { data: _, ...described }]) => [name, described])),
      });
      if (damage) bytes[bytes.length - 1]! ^= 1;
      await writeFile(join(folder, `${id}.safetensors`), bytes);
    }
    await writeFile(join(folder, 'index.json'), JSON.stringify({ fixtures: entries }));
    const lines: string[] = [];
    const report = await checkGolden(folder, { checks: [echo], onLine: (line) => lines.push(line) });
    expect(lines.at(-1)).toMatch(new RegExp(`^${report.passed} passed, ${report.failed} failed`));
    return lines;
  }

  test('prints the worst error in units of its tolerance, then the counts', async () => {
    const lines = await run({
      'echo.small': {
        'got.a': input([1, 2]),
        'got.b': input([3]),
        a: floats([1, 2], { atol: 0.1 }),
        b: floats([3.05], { atol: 0, rtol: 0.1 }),
      },
      'echo.exact': { 'got.a': input([4, 5]), a: integers([4, 5]) },
      'echo.off': { 'got.a': input([1, 2, 3, 7]), a: floats([1, 2, 3, 4], { rtol: 0, atol: 0.5 }, [2, 2]) },
      'other.kind': { 'got.a': input([1]), a: integers([1]) },
    });
    expect(lines).toEqual([
      'passed  echo.small: worst 0.16 of its tolerance, b (2 tensors)',
      'passed  echo.exact: all exact (1 tensors)',
      'failed  echo.off: a [1, 1]: expected 4, got 7, 6 times its tolerance (1 of 1 tensors)',
      'skipped other.kind: no check knows the kind other',
      '2 passed, 1 failed, 1 skipped',
    ]);
  });

  test('NaN, a wrong integer, a wrong length and a tensor that is not computed fail', async () => {
    const lines = await run({
      'echo.nan': { 'got.a': input([NaN]), a: floats([1], { atol: 1e9 }) },
      'echo.integer': { 'got.a': input([1]), a: integers([2]) },
      'echo.length': { 'got.a': input([1, 1]), a: floats([1], { atol: 1 }) },
      'echo.missing': { 'got.b': input([1]), a: floats([1], { atol: 1 }) },
    });
    expect(lines.map((line) => line.slice(0, 6))).toEqual(['failed', 'failed', 'failed', 'failed', '0 pass']);
    expect(lines[3]).toBe('failed  echo.missing: a not computed, infinitely many times its tolerance (1 of 1 tensors)');
  });

  test('an assignment with ties may be another permutation, but must be one', async () => {
    const ties = { exact: false, compare: 'objective only' };
    const lines = await run({
      'echo.other': { 'got.p': input([1, 0, 2]), p: integers([0, 1, 2], ties) },
      'echo.none': { 'got.p': input([1, 1, 2]), p: integers([0, 1, 2], ties) },
    });
    expect(lines.slice(0, 2)).toEqual([
      'passed  echo.other: all exact (1 tensors)',
      'failed  echo.none: p [1]: 1 makes it no permutation, infinitely many times its tolerance (1 of 1 tensors)',
    ]);
  });

  test('what a check cannot serve is skipped, a damaged file has failed', async () => {
    const fixture = { 'echo.a': { 'got.a': input([1]), a: integers([1]) } };
    expect((await run(fixture, { parameters: { model: 'resnet' } }))[0]).toBe('skipped echo.a: needs a resnet');
    expect((await run(fixture, { damage: true }))[0]).toMatch(/^failed {2}echo\.a: echo\.a: echo\.a\.safetensors of sha256/);
  });

  test('refuses a folder without an index, a broken index and two checks of one kind', async () => {
    await expect(checkGolden(folder, { checks: [] })).rejects.toThrow('check-golden: a folder with an index.json, got');
    await writeFile(join(folder, 'index.json'), '{');
    await expect(checkGolden(folder, { checks: [] })).rejects.toThrow('check-golden: JSON in');
    await writeFile(join(folder, 'index.json'), '{"fixtures": [{"id": "a"}]}');
    await expect(checkGolden(folder, { checks: [] })).rejects.toThrow('fixtures.0.file: ');
    await expect(checkGolden(folder, { checks: [echo, echo] })).rejects.toThrow('one check per kind, got two of echo');
  });
});
