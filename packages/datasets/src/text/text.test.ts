import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { datasetContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '@basinlab/core';
import { device, keyFromSeed } from '@basinlab/core/random';
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytePairTokens, occurringTokens } from './byte-pairs.js';
import { characterTokens } from './characters.js';
import { text } from './text.js';
import { tinyShakespeare } from './tiny-shakespeare.js';

const folder = mkdtempSync(join(tmpdir(), 'basinlab-text-'));
const file = join(folder, 'input.txt');
const alphabet = 'abcdefghij';
const characters = Array.from({ length: 400 }, (_, i) => alphabet[(i * i + (i >> 3)) % 10]!).join('');
writeFileSync(file, characters);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

testContract(
  datasetContract(text, [
    { options: { file, length: 4 }, samples: { train: 89, validation: 4, test: 4 } },
    { options: { file, length: 4, limit: { train: 10, test: 2 } }, samples: { train: 10, validation: 4, test: 2 } },
    { options: { file, length: 8, masked: 0.25 }, samples: { train: 45, validation: 2, test: 2 } },
  ]),
);
testContract(datasetContract(tinyShakespeare, [{ options: { directory: folder, verify: false, length: 5 } }]));

test('characters are numbered by their code points, those outside the basic plane too', () => {
  expect(characterTokens('b😀a b')).toEqual({ tokens: Int32Array.of(2, 3, 1, 0, 2), characters: [' ', 'a', 'b', '😀'] });
});

describe('byte pairs', () => {
  test("have the numbers of GPT-2's vocabulary; special tokens are text", async () => {
    const of = async (words: string) => Array.from(await bytePairTokens(words));
    expect(await of('Hello, world!')).toEqual([15496, 11, 995, 0]);
    expect(await of('The quick brown fox jumps over the lazy dog')).toEqual([464, 2068, 7586, 21831, 18045, 625, 262, 16931, 3290]);
    expect(await of('<|endoftext|>')).not.toContain(50256);
  });

  test('that occur are numbered again, in order, where asked', async () => {
    const words = join(folder, 'words.txt');
    writeFileSync(words, 'the cat sees the dog and the dog sees a hat '.repeat(40));
    const load = (more: object) => text.load(text.options.parse({ file: words, length: 4, tokens: 'gpt2', ...more }));
    const [all, some] = [await load({}), await load({ onlyOccurring: true })];
    expect(all.classes).toBe(50257);
    const [numbers, places] = [await all.train.inputs.data(), await some.train.inputs.data()];
    const occurring = occurringTokens(await bytePairTokens('the cat sees the dog and the dog sees a hat '.repeat(40))).occurring;
    expect(some.classes).toBe(occurring.length);
    expect(Array.from(places, (place) => occurring[place])).toEqual(Array.from(numbers));
    all.dispose();
    some.dispose();
  });
});

describe('windows', () => {
  test('lie one after another in each part, and labels are what comes next', async () => {
    const data = await text.load(text.options.parse({ file, length: 7 }));
    const { tokens } = characterTokens(characters);
    for (const [from, { inputs, labels }] of [
      [0, data.train],
      [360, data.validation],
      [380, data.test],
    ] as const) {
      expect([...(await inputs.data())]).toEqual([...tokens.subarray(from, from + inputs.size)]);
      expect([...(await labels.data())]).toEqual([...tokens.subarray(from + 1, from + 1 + inputs.size)]);
      expect(inputs.shape[1]).toBe(7);
    }
    expect([data.classes, data.task, data.inputShape]).toEqual([10, 'next-token', [7]]);
    data.dispose();
  });

  test('hide an exact share of every row, most of it, ask for what was there, and draw anew in training', async () => {
    const data = await text.load(text.options.parse({ file, length: 40, shares: [0.8, 0.1, 0.1], masked: 0.2 }));
    const { tokens } = characterTokens(characters);
    expect([data.classes, data.task]).toEqual([11, 'masked-tokens']);
    const rows = async (batch: Batch) => [(await batch.inputs.array()) as number[][], (await batch.labels.array()) as number[][]] as const;
    const drawn = tf.tidy(() => data.augment!(device.keyTensor(keyFromSeed(3)), data.train));
    const [fixed, anew] = [await rows(data.train), await rows(drawn)];
    for (const [inputs, labels] of [fixed, anew])
      inputs.forEach((row, at) => {
        const asked = labels[at]!.flatMap((label, place) => (label === -1 ? [] : [place]));
        expect(asked).toHaveLength(8);
        row.forEach((token, place) => {
          const original = tokens[at * 40 + place];
          if (labels[at]![place] === -1) expect(token).toBe(original);
          else expect(labels[at]![place]).toBe(original);
        });
      });
    expect(anew[1]).not.toEqual(fixed[1]);
    const shown = fixed[0].flat().filter((_, at) => fixed[1].flat()[at] !== -1);
    const hidden = shown.filter((token) => token === 10).length / shown.length;
    expect(hidden).toBeGreaterThan(0.65);
    expect(hidden).toBeLessThan(0.95);
    data.dispose();
    tf.dispose(drawn);
  });

  test('take their numbers from an alphabet, and refuse what it lacks', async () => {
    expect(characterTokens('caa', 'xabc').tokens).toEqual(Int32Array.of(3, 1, 1));
    expect(() => characterTokens('cad', 'xabc')).toThrow('characters of the alphabet xabc, got "d" at 2');
    expect(() => characterTokens('a', 'aa')).toThrow('every character once');
    const data = await text.load(text.options.parse({ file, length: 4, alphabet: 'zyxjihgfedcba' }));
    expect(data.classes).toBe(13);
    data.dispose();
  });

  test('refuse a text that is too short, another file, bytes that are no text, and shares that are no parts', async () => {
    await expect(text.load(text.options.parse({ file, length: 20 }))).rejects.toThrow(/at least 21 tokens in every part, got 20/);
    await expect(text.load(text.options.parse({ file, sha256: createHash('sha256').update('').digest('hex') }))).rejects.toThrow(/sha256/);
    await expect(text.load(text.options.parse({ file: join(folder, 'none.txt') }))).rejects.toThrow(/a readable file, got ENOENT/);
    const binary = join(folder, 'binary');
    writeFileSync(binary, Uint8Array.of(0xff, 0xfe, 0));
    await expect(text.load(text.options.parse({ file: binary }))).rejects.toThrow(/text in UTF-8, got other bytes/);
    expect(() => text.options.parse({ file, shares: [0.9, 0.05, 0.1] })).toThrow(/whose sum is 1/);
  });

  test('of a text with another checksum than the published one are refused', async () => {
    await expect(tinyShakespeare.load(tinyShakespeare.options.parse({ directory: folder }))).rejects.toThrow(
      /tiny-shakespeare\/input.txt: sha256/,
    );
  });
});
