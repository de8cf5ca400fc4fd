import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcess } from './testing/run-cli.fixture.js';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'basinlab-rotary-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('heads of transformers with rotary positions and grouped queries are aligned with their angles, and keep their function', async () => {
  const [file, out, aligned] = ['text.txt', 'run', 'aligned'].map((name) => join(folder, name)) as [string, string, string];
  const words = ['the cat', 'a dog', 'sees', 'a hat', 'and', 'the fox', 'runs'];
  writeFileSync(file, Array.from({ length: 300 }, (_, i) => words[(i * i + 3 * i) % words.length]!).join(' '));
  const options = { width: 16, heads: 4, keyValueHeads: 2, layers: 1, units: 8, position: 'rotary', norm: 'rms' };
  const settings = [
    ...['dataset.id=text', `dataset.options=${JSON.stringify({ file, length: 8 })}`],
    ...['architecture.id=gpt2', `architecture.options=${JSON.stringify(options)}`],
    ...['training.models=2', 'training.epochs=2', 'training.batchSize=32', 'training.learningRate=0.01'],
  ].flatMap((value) => ['--set', value]);
  const trained = await inProcess('train', '--engine', 'wasm', '--out', out, ...settings);
  expect([trained.code, trained.log]).toEqual([0, expect.not.stringContaining('failed')]);

  const run = (...more: string[]) => inProcess('align', `${out}:1`, `${out}:2`, '--engine', 'wasm', '--json', '--out', aligned, ...more);
  for (const more of [
    ['--with', 'weight-matching', '--optimizer'],
    ['--with', 'learned-matching', '--set', 'learned-matching.steps=3'],
  ]) {
    const { code, log, out: told } = await run(...more);
    expect({ code, log }).toEqual({ code: 0, log });
    const { distances, groups } = JSON.parse(told) as {
      distances: { before: number; after: number };
      groups: readonly { group: string; kind: string; units: number; moved: number }[];
    };
    expect(distances.after).toBeLessThan(distances.before);
    expect(groups.find(({ group }) => group === 'blocks.0.attention')).toEqual({
      ...{ group: 'blocks.0.attention', kind: 'rotated', units: 2, moved: 2 },
    });
    const { groups: written } = JSON.parse(readFileSync(join(aligned, 'transform.json'), 'utf8')) as {
      groups: Record<string, { angles: readonly number[] }>;
    };
    // Two planes of each of two heads of keys.
    expect(written['blocks.0.attention']!.angles).toHaveLength(4);
    for (const angle of written['blocks.0.attention']!.angles) expect(Math.abs(angle)).toBeGreaterThan(1e-6);
  }

  const measured = await inProcess(
    ...['measure', out, '--engine', 'wasm', '--json', '--points', '3', '--align', 'none', 'weight-matching'],
    ...['--metric', 'linear-mode-connectivity', 'rotation-angles'],
  );
  expect({ code: measured.code, log: measured.log }).toEqual({ code: 0, log: measured.log });
  const { measurements } = JSON.parse(measured.out) as {
    measurements: Record<
      string,
      { rows: readonly { alignment: string; lambda?: number | null; loss: number; group?: string; angle?: number }[] }
    >;
  };
  const lossAt = (alignment: string, lambda: number) =>
    measurements['linear-mode-connectivity']!.rows.find((row) => row.alignment === alignment && row.lambda === lambda)!.loss;
  for (const lambda of [0, 1]) expect(lossAt('weight-matching', lambda)).toBeCloseTo(lossAt('none', lambda), 3);
  const angles = measurements['rotation-angles']!.rows.filter(
    ({ alignment, group, angle }) => alignment === 'weight-matching' && group === 'blocks.0.attention' && typeof angle === 'number',
  );
  // Of all coordinates of the keys.
  expect(angles).toHaveLength(8);
}, 120_000);
