import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { readParquet } from '../store/index.js';

let folder: string;
let script: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basinlab-'));
  script = join(folder, 'trainer.mjs');
  const entry = fileURLToPath(new URL('./crash-trainer.fixture.ts', import.meta.url));
  // tfjs's CommonJS bundle requires built-in modules, and the list of its files with side effects leaves the bundle out.
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
    logLevel: 'error',
    banner,
    ignoreAnnotations: true,
  });
});
afterAll(() => rm(folder, { recursive: true }));

const epochs = 4;

/** Runs the trainer; kills it hard once it has said `killAfter`. Returns how many checkpoints it reported. */
async function train(directory: string, killAfter?: string): Promise<number> {
  const child = spawn(process.execPath, [script, directory, String(epochs)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complaints = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (killAfter !== undefined && said.includes(killAfter)) child.kill('SIGKILL');
  });
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(complaints);
  return said.split('checkpoint').length - 1;
}

test('a run that is killed and resumed twice ends in the same bits, and counts every epoch once', async () => {
  const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];
  await train(whole);
  expect(await train(broken, 'checkpoint 1')).toBeLessThan(epochs + 1);
  expect(await train(broken, 'checkpoint 3')).toBeLessThan(epochs);
  await train(broken);
  const final = (directory: string): Promise<Buffer> => readFile(join(directory, 'checkpoints', 'epoch-000004.safetensors'));
  expect((await final(broken)).equals(await final(whole))).toBe(true);
  const metrics = (directory: string): Promise<unknown> => readParquet(join(directory, 'metrics.parquet'));
  expect(await metrics(broken)).toEqual(await metrics(whole));
}, 120_000);
