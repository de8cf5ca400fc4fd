import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readEvents } from './event-log.js';
import { readParquet } from './parquet.js';
import { createRun, openRun } from './run-store.js';

// A finished run of which one file is damaged: its numbers stay, and whoever opens it is told.

let folder: string;
let finished: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basinlab-damaged-'));
  finished = join(folder, 'finished');
  const run = await createRun(finished, { config: {}, versions: {}, plugins: {} });
  for (const epoch of [1, 2]) {
    await run.append({ kind: 'metric', stage: 'train', rows: [{ name: 'loss', value: 1 / epoch, labels: { epoch } }] });
    await run.checkpoint(epoch, { arrays: { params: { w: { shape: [1], data: Float32Array.of(epoch) } } }, counters: { epoch } });
  }
  await run.close();
});
afterAll(() => rm(folder, { recursive: true }));

const whole = [
  { epoch: 1, stage: 'train', name: 'loss', value: 1 },
  { epoch: 2, stage: 'train', name: 'loss', value: 0.5 },
];

/** What `resume` of a finished run does to its folder; null, or the error. */
async function reopen(directory: string): Promise<Error | null> {
  try {
    const run = await openRun(directory);
    await run.markResumed((await run.latestCheckpoint()).checkpoint!.epoch);
    await run.close();
    return null;
  } catch (error) {
    return error as Error;
  }
}

describe('of a finished run', () => {
  test('a damaged, shortened or lost events.jsonl is refused by name, and metrics.parquet stays as it is', async () => {
    const directory = join(folder, 'log');
    await cp(finished, directory, { recursive: true });
    const [log, metrics] = [join(directory, 'events.jsonl'), join(directory, 'metrics.parquet')];
    const [good, numbers] = [await readFile(log), await readFile(metrics)];
    const firstLine = good.indexOf('\n') + 1;
    const flipped = Array.from({ length: good.length }, (_, at) => {
      const copy = Buffer.from(good);
      copy[at]! ^= 1 << (at % 8);
      return copy;
    });
    const exchanged = Buffer.concat([good.subarray(firstLine), good.subarray(0, firstLine)]);
    for (const damaged of [
      ...flipped,
      good.subarray(0, firstLine),
      good.subarray(firstLine),
      good.subarray(0, -1),
      Buffer.of(),
      exchanged,
    ]) {
      await writeFile(log, damaged);
      expect((await reopen(directory))?.message).toContain(log);
      expect((await readFile(log)).equals(damaged)).toBe(true);
      expect((await readFile(metrics)).equals(numbers)).toBe(true);
    }
    await rm(log);
    expect((await reopen(directory))?.message).toContain('must begin with the');
    expect(await readParquet(metrics)).toEqual(whole);
    await writeFile(log, good);
    expect(await reopen(directory)).toBeNull();
    expect(await readParquet(metrics)).toEqual(whole);
  });

  test('a damaged or lost metrics.parquet is made again from the log', async () => {
    const directory = join(folder, 'metrics');
    await cp(finished, directory, { recursive: true });
    const metrics = join(directory, 'metrics.parquet');
    const good = await readFile(metrics);
    for (const damaged of [Buffer.of(), good.subarray(0, 20), Buffer.from(good).fill(0, 10, 20)]) {
      await writeFile(metrics, damaged);
      await expect(readParquet(metrics)).rejects.toThrow(metrics);
      expect(await reopen(directory)).toBeNull();
      expect(await readParquet(metrics)).toEqual(whole);
    }
    await rm(metrics);
    expect(await reopen(directory)).toBeNull();
    expect(await readParquet(metrics)).toEqual(whole);
  });

  test('a log without checksums, from before there were any, is read and gone on with', async () => {
    const directory = join(folder, 'old');
    await cp(finished, directory, { recursive: true });
    const [log, metrics] = [join(directory, 'events.jsonl'), join(directory, 'metrics.parquet')];
    await writeFile(log, (await readFile(log, 'utf8')).replaceAll(/,"crc32":"\w+"/g, ''));
    await rm(metrics);
    expect(await reopen(directory)).toBeNull();
    expect(await readParquet(metrics)).toEqual(whole);
    const lines = (await readFile(log, 'utf8')).split('\n');
    // What stood there before is covered by the first checksum that came after it.
    await writeFile(log, [lines[0]!.replace('"value":1', '"value":2'), ...lines.slice(1)].join('\n'));
    await expect(readEvents(log)).rejects.toThrow(/events\.jsonl:5: must be a line as it was written, by its CRC-32/);
    await copyFile(join(finished, 'metrics.parquet'), metrics);
    expect(await reopen(directory)).not.toBeNull();
    expect(await readParquet(metrics)).toEqual(whole);
  });
});
