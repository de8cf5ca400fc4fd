import { expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// The short version of what docs/reliability.md tells of: a few places of every kind of fault, a few hundred inputs of every reader.
const root = fileURLToPath(new URL('../../../../', import.meta.url));

interface Outcome {
  readonly code: number;
  readonly document: unknown;
}

function tool(...args: string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_OPTIONS: '' };
    execFile(process.execPath, args, { cwd: root, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const line = stdout.trim().split('\n').at(-1) ?? '';
      if (!/^[[{]/.test(line)) reject(new Error(`${stdout}\n${stderr}`));
      else resolve({ code: error === null ? 0 : 1, document: JSON.parse(line) });
    });
  });
}

test('whatever fails while a run is trained or gone on with, nothing finished is lost and the next command goes on', async () => {
  const loader = ['--no-warnings', '--conditions=basinlab-source', '--import', './tools/source-loader.mjs'];
  const { document } = await tool(...loader, 'tools/faults/run.mjs', 'train', 'resume', '--places', '2', '--json');
  const { counts, found } = document as { counts: readonly { cases: number }[]; found: readonly unknown[] };
  expect(found).toEqual([]);
  expect(counts).toHaveLength(24);
  expect(counts.reduce((sum, { cases }) => sum + cases, 0)).toBeGreaterThan(40);
}, 300_000);

test('no bytes make a reader crash, hang or hide which file they are from', async () => {
  const { document } = await tool('tools/fuzz/run.mjs', '--runs', '150', '--json');
  const results = document as readonly { name: string; runs: number; faults: readonly unknown[] }[];
  expect(results.filter(({ faults }) => faults.length > 0)).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(20);
  for (const { runs } of results) expect(runs).toBeGreaterThanOrEqual(150);
}, 300_000);
