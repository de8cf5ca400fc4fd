import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { keyFromSeed, normal, randomInt } from '@basinlab/core/random';
import { expectAllclose, datasetContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { temporaryFolders } from '../files/temporary-folders.fixture.js';
import { ogbnArxiv } from '../index.js';
import { readNumbers } from './read-numbers.js';
import { sortEdges } from './sorted-edges.js';

beforeAll(() => tf.setBackend('cpu'));

const folder = temporaryFolders();
const NODES = 30;
const features = normal(keyFromSeed(1), NODES * 128);
const ends = randomInt(keyFromSeed(2), 2 * 70, 0, NODES);
const csv = (values: ArrayLike<number>, columns: number): string =>
  Array.from({ length: values.length / columns }, (_, row) =>
    Array.from(values)
      .slice(row * columns, (row + 1) * columns)
      .join(','),
  ).join('\n') + '\n';
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const labels = range(0, NODES).map((node) => (node * 7) % 40);
const content = {
  'raw/edge.csv.gz': gzipSync(csv(ends, 2)),
  'raw/node-feat.csv.gz': gzipSync(csv(features, 128)),
  'raw/node-label.csv.gz': gzipSync(csv(labels, 1)),
  'split/time/train.csv.gz': gzipSync(csv(range(0, 20), 1)),
  'split/time/valid.csv.gz': gzipSync(csv(range(20, 25).reverse(), 1)),
  'split/time/test.csv.gz': gzipSync(csv(range(25, 30), 1)),
};
const load = (options: { directory: string; undirected?: boolean; verify?: boolean }) =>
  ogbnArxiv.load(ogbnArxiv.options.parse({ verify: false, ...options }));

describe('ogbn-arxiv', () => {
  const directory = mkdtempSync(join(tmpdir(), 'basinlab-arxiv-'));
  for (const [name, bytes] of Object.entries(content)) {
    mkdirSync(dirname(join(directory, 'arxiv', name)), { recursive: true });
    writeFileSync(join(directory, 'arxiv', name), bytes);
  }
  afterAll(() => rmSync(directory, { recursive: true }));
  testContract(
    datasetContract(ogbnArxiv, [
      { options: { directory, verify: false }, samples: { train: 20, validation: 5, test: 5 } },
      { options: { directory: join(directory, 'arxiv'), undirected: false, verify: false } },
    ]),
  );
  test('samples are the nodes of their part, with their features and labels', async () => {
    const data = await load({ directory });
    expect([...(await data.validation.nodes!.data())]).toEqual([24, 23, 22, 21, 20]);
    expect([...(await data.validation.labels.data())]).toEqual([24, 23, 22, 21, 20].map((node) => labels[node]));
    expectAllclose((await data.validation.inputs.data()).slice(0, 128), features.slice(24 * 128, 25 * 128), { rtol: 0, atol: 0 });
    expectAllclose(await data.graph!.features.data(), features, { rtol: 0, atol: 0 });
    data.dispose();
  });
  test.each([true, false])('the mean of neighbours by segments is that of the dense adjacency (undirected: %s)', async (undirected) => {
    const data = await load({ directory, undirected });
    const { features: x, sources, targets, degrees } = data.graph!;
    const got = tf.tidy(() => {
      const sums = tf.unsortedSegmentSum(tf.gather(x, sources as tf.Tensor1D), targets as tf.Tensor1D, NODES);
      return tf.div(sums, tf.maximum(tf.expandDims(degrees, 1), 1));
    });
    const adjacency = Array.from({ length: NODES }, () => new Array<number>(NODES).fill(0));
    for (let edge = 0; edge < 70; edge++) {
      const [from, to] = [ends[2 * edge]!, ends[2 * edge + 1]!];
      adjacency[to]![from] = 1;
      if (undirected) adjacency[from]![to] = 1;
    }
    const expected = tf.tidy(() => {
      const dense = tf.tensor2d(adjacency);
      return tf.div(tf.matMul(dense, x), tf.maximum(tf.sum(dense, 1, true), 1));
    });
    expectAllclose(await got.data(), await expected.data(), { rtol: 1e-5, atol: 1e-6 });
    tf.dispose([got, expected]);
    data.dispose();
  });
  test.each<[string, Record<string, Uint8Array | string | null>, RegExp]>([
    [
      'an empty folder',
      Object.fromEntries(Object.keys(content).map((name) => [name, null])),
      /^ogbn-arxiv: raw\/node-label\.csv\.gz in a folder, got none at .*data fetch ogbn-arxiv/,
    ],
    [
      'a missing file',
      { 'raw/edge.csv.gz': null },
      /^ogbn-arxiv\/raw\/edge\.csv: the file must be there, got no .*Run `npx basinlab data fetch/,
    ],
    [
      'a truncated file',
      { 'raw/node-feat.csv.gz': content['raw/node-feat.csv.gz'].subarray(0, 2000) },
      /^ogbn-arxiv\/raw\/node-feat\.csv: a whole gzip file, got unexpected end of file/,
    ],
    [
      'a file that is no gzip file',
      { 'raw/node-feat.csv.gz': 'hello' },
      /^ogbn-arxiv\/raw\/node-feat\.csv: a whole gzip file, got incorrect header check/,
    ],
    [
      'too few features',
      { 'raw/node-feat.csv.gz': gzipSync(csv(features.slice(0, 29 * 128), 128)) },
      /^ogbn-arxiv\/raw\/node-feat\.csv: 30 rows, one for each label, got 29/,
    ],
    ['a short row', { 'raw/node-feat.csv.gz': gzipSync('1,2\n') }, /^ogbn-arxiv\/raw\/node-feat\.csv: 128 numbers in row 1, got 2/],
    ['a word', { 'raw/edge.csv.gz': gzipSync('1,2\n3,x\n') }, /^ogbn-arxiv\/raw\/edge\.csv: a number at row 2, column 2, got x/],
    [
      'a label of 40',
      { 'raw/node-label.csv.gz': gzipSync('40\n') },
      /^ogbn-arxiv\/raw\/node-label\.csv: whole numbers from 0 to 39, got 40/,
    ],
    ['an edge to nowhere', { 'raw/edge.csv.gz': gzipSync('1,30\n') }, /^ogbn-arxiv\/raw\/edge\.csv: whole numbers from 0 to 29, got 30/],
    ['a node in two parts', { 'split/time/test.csv.gz': gzipSync('3\n') }, /^ogbn-arxiv: each node in one part at most, got 3/],
  ])('%s is refused', async (_, changes, message) => {
    const tensors = tf.memory().numTensors;
    await expect(load({ directory: await folder({ ...content, ...changes }) })).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

test('only the published graph passes for it', async () => {
  await expect(load({ directory: await folder(content), verify: true })).rejects.toThrow(
    /^ogbn-arxiv: the published numbers .*"citations":1166243.*, got .*"citations":70.*fetch them again, or set options\.verify to false/,
  );
});

test('readNumbers reads numbers as JavaScript does, whatever the pieces they come in', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()), { minLength: 1, maxLength: 20 }),
      async (values) => {
        const path = join(await folder({ 'x.csv': values.join('\r\n') }), 'x.csv');
        const got: number[] = [];
        expect(await readNumbers(path, 'x', 1, '', (value) => got.push(value))).toEqual({ rows: values.length });
        expect(got.map((value) => value + 0)).toEqual(values.map((value) => value + 0));
      },
    ),
    { numRuns: 30 },
  );
});

test('sortEdges gives each edge once, by target and then source', () => {
  const edge = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }));
  fc.assert(
    fc.property(fc.array(edge, { maxLength: 30 }), fc.boolean(), (edges, undirected) => {
      const { sources, targets, offsets } = sortEdges(
        Int32Array.from(edges, ([from]) => from),
        Int32Array.from(edges, ([, to]) => to),
        7,
        { undirected },
      );
      const all = undirected
        ? edges.flatMap(([a, b]) => [
            [a, b],
            [b, a],
          ])
        : edges;
      const expected = [...new Set(all.map(([from, to]) => to! * 7 + from!))].sort((a, b) => a - b);
      expect([...targets].map((to, i) => to * 7 + sources[i]!)).toEqual(expected);
      expect([...offsets]).toEqual(range(0, 8).map((node) => expected.filter((code) => code < node * 7).length));
    }),
  );
  expect(() => sortEdges(Int32Array.of(0), Int32Array.of(7), 7, { undirected: false })).toThrow('sortEdges: nodes from 0 to 6, got 7');
});
