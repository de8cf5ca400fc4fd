import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcess } from './testing/run-cli.fixture.js';

// Files that broke after they were written: whatever a command then does, it names the file, and nothing good is overwritten.

let folder: string;
let trained: string;
const settings = ['dataset.id=gaussian-blobs', 'architecture.options={"widths":[4]}', 'training.epochs=2'];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'basinlab-damage-'));
  trained = join(folder, 'trained');
  const { code, log } = await inProcess('train', '--engine', 'cpu', '--out', trained, ...settings.flatMap((setting) => ['--set', setting]));
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const copy = (name: string): string => {
  cpSync(trained, join(folder, name), { recursive: true });
  return join(folder, name);
};

describe('a finished run', () => {
  test('with a damaged events.jsonl is not gone on with, and keeps its metrics', async () => {
    const run = copy('log');
    const [log, metrics] = [join(run, 'events.jsonl'), join(run, 'metrics.parquet')];
    const good = readFileSync(metrics);
    const lines = readFileSync(log, 'utf8').split('\n');
    for (const damaged of [
      '',
      lines.slice(0, 2).join('\n') + '\n',
      lines.toSpliced(1, 1).join('\n'),
      lines.join('\n').replace('"loss"', '"lass"'),
    ]) {
      writeFileSync(log, damaged);
      const { code, log: said } = await inProcess('resume', run, '--engine', 'cpu');
      expect([code, said]).toEqual([1, expect.stringContaining(log)]);
      expect(said).toContain('put back a copy');
      expect(readFileSync(metrics).equals(good)).toBe(true);
    }
  });

  test('with an empty or damaged metrics.parquet is no run that goes on: query names the file, resume makes it again', async () => {
    const run = copy('metrics');
    const metrics = join(run, 'metrics.parquet');
    const good = readFileSync(metrics);
    const flipped = Buffer.from(good);
    flipped[40]! ^= 4;
    for (const damaged of [Buffer.of(), good.subarray(0, 100), flipped]) {
      writeFileSync(metrics, damaged);
      const { code, log } = await inProcess('query', 'select count(*) from metrics', run);
      expect([code, log]).toEqual([1, expect.stringContaining(metrics)]);
      expect(log).toContain('basinlab resume');
      expect(log).not.toContain('still going on');
      expect((await inProcess('resume', run, '--engine', 'cpu')).code).toBe(0);
      expect((await inProcess('query', 'select count(*) from metrics', run)).code).toBe(0);
    }
  });

  test('whose config asks for more models than any machine holds is refused', async () => {
    const run = copy('models');
    const config = readFileSync(join(run, 'config.json'), 'utf8');
    for (const [models, message] of [
      ['1000000000', 'training.models must be a whole number above 0 to 1000000, got 1000000000'],
      ['1e6,"population":"vmap"', 'training.models: models that fit into the'],
    ] as const) {
      const wide = config.replace('"models": 2', `"models": ${models}`).replace(/"widths": \[\s*4\s*\]/, '"widths": [40000]');
      writeFileSync(join(run, 'config.json'), wide);
      const { code, log } = await inProcess('resume', run, '--engine', 'cpu');
      expect([code, log]).toEqual([2, expect.stringContaining(message)]);
    }
  });
});

test('a run whose newest checkpoint is damaged goes on from the one before, or from the start, to the same numbers', async () => {
  const run = copy('checkpoint');
  const [name] = readdirSync(join(run, 'checkpoints'));
  const file = join(run, 'checkpoints', name!);
  const good = readFileSync(file);
  truncateSync(file, good.length - 1);
  expect((await inProcess('resume', run, '--engine', 'cpu')).code).toBe(0);
  expect(readFileSync(file).equals(good)).toBe(true);
  const rows = async (path: string) =>
    JSON.parse(
      (await inProcess('query', 'select epoch, split, model, name, value from metrics order by all', path, '--json')).out,
    ) as unknown;
  expect(await rows(run)).toEqual(await rows(trained));
});
