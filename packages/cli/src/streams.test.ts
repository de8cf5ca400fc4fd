import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcess, startCli } from './testing/run-cli.fixture.js';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'basinlab-streams-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = ['dataset.id=gaussian-blobs', 'architecture.options={"widths":[4]}', 'training.models=2', 'training.epochs=3'].flatMap(
  (setting) => ['--set', setting],
);

test('training goes on where its log is closed, and says so by its exit code', async () => {
  const out = join(folder, 'run');
  const { child, result } = startCli(['train', '--engine', 'wasm', '--out', out, ...settings]);
  child.stderr!.destroy();
  expect((await result).code).toBe(0);
  expect(existsSync(join(out, 'metrics.parquet'))).toBe(true);
}, 120_000);

test('a folder without a name is refused', async () => {
  const { code, log } = await inProcess('train', '--engine', 'wasm', '--out', '', ...settings);
  expect([code, log]).toEqual([2, expect.stringContaining('--out: a folder, got ""')]);
});
