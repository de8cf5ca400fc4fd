import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { foldIn, keyFromSeed, uniform } from '@basinlab/core/random';
import { bundleCli } from '../testing/bundled-cli.fixture.js';
import { startCli } from '../testing/run-cli.fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'basinlab-interrupted-'));
const command = await bundleCli(join(folder, 'cli'));
/** Of a reproduction that nothing disturbs. */
let expected: ReadonlyMap<string, string>;
let duration: number;
beforeAll(async () => {
  const began = performance.now();
  const whole = join(folder, 'whole');
  expect(await reproduce(whole).result).toMatchObject({ code: 0 });
  duration = performance.now() - began;
  expected = tables(whole);
  expect(expected.size).toBeGreaterThan(3);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Populations over epochs, an alignment and a measurement: everything that a reproduction keeps on its way.
const reproduce = (out: string, ...more: string[]) =>
  startCli(['reproduce', 'matching-objective', '--scale', 'smoke', '--out', out, ...more], { command });

/** Every table of a result, by its path. */
const tables = (out: string): Map<string, string> =>
  new Map(
    readdirSync(out, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.parquet'))
      .sort()
      .map((file) => [file, readFileSync(join(out, file)).toString('base64')]),
  );

test('a reproduction that is interrupted at ten random moments and resumed ends in the same tables, bit for bit', async () => {
  const seed = Date.now() % 2 ** 31;
  const moments = uniform(foldIn(keyFromSeed(seed), 1), 10).map((share) => share * duration);
  const told: string[] = [`seed ${seed}`];
  let out = join(folder, 'broken-0');
  const compare = (): void => {
    expect({ told, same: [...tables(out)].filter(([file, content]) => expected.get(file) === content).length }).toEqual({
      told,
      same: expected.size,
    });
    expect(tables(out).size).toBe(expected.size);
  };
  for (let at = 0; at < moments.length;) {
    const { child, result } = reproduce(out);
    const signal = at % 2 === 0 ? 'SIGKILL' : 'SIGINT';
    const ended = await Promise.race([result, delay(moments[at]).then(() => null)]);
    if (ended === null) {
      child.kill(signal);
      const stopped = await result;
      // It may have ended by itself at that very moment.
      if (stopped.code !== 0) told.push(`${signal} after ${Math.round(moments[at]!)} ms`);
      if (stopped.code !== null && ![0, 130].includes(stopped.code)) throw new Error(`${told.join(', ')}: ${stopped.log}`);
      at += 1;
    } else {
      expect(ended).toMatchObject({ code: 0 });
      compare();
      out = join(folder, `broken-${told.length}`);
      told.push('anew');
    }
  }
  const last = await reproduce(out).result;
  expect({ told, code: last.code, log: last.code === 0 ? '' : last.log }).toEqual({ told, code: 0, log: '' });
  compare();
}, 900_000);

test('a reproduction by two processes ends in the tables of one, bit for bit', async () => {
  const out = join(folder, 'together');
  const { code, log } = await reproduce(out, '--jobs', '2').result;
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  expect(tables(out)).toEqual(expected);
}, 300_000);
