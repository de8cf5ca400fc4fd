import { packTar } from 'modern-tar';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { temporaryFolders } from '../files/temporary-folders.fixture.js';
import {
  builtinDatasets,
  cifar10,
  DATASET_SOURCES,
  fetchDataset,
  gaussianBlobs,
  listDatasets,
  mirrored,
  mnist,
  relocated,
} from '../index.js';
import type { DatasetSource, FetchDatasetOptions, FetchProgress } from '../index.js';
import { serve } from './serve.fixture.js';
import type { TestServer } from './serve.fixture.js';

const folder = temporaryFolders();
const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let server: TestServer;
let cache: string;
beforeEach(async () => {
  server = await serve();
  server.files = { 'data.bin': content };
  cache = await folder();
});
afterEach(() => server.close());

const source = (
  changes: Partial<DatasetSource['files'][number]> = {},
  rest: Partial<DatasetSource> = {},
): Record<string, DatasetSource> => ({
  tiny: {
    licence: 'none',
    homepage: server.url,
    files: [
      {
        name: 'data.bin',
        url: `${server.url}/data.bin`,
        bytes: content.length,
        checksum: { algorithm: 'sha256', hex: sha256(content) },
        ...changes,
      },
    ],
    ...rest,
  },
});
const fetchTiny = (options: Partial<FetchDatasetOptions> = {}) =>
  fetchDataset('tiny', { sources: source(), machine: { env: { BASINLAB_CACHE: cache }, platform: 'linux' }, ...options });
const target = (): string => join(cache, 'datasets', 'tiny');
const found = async (): Promise<string[]> => (await readdir(target())).sort();

describe('fetchDataset', () => {
  test('downloads with progress, once', async () => {
    const progress: FetchProgress[] = [];
    expect(await fetchTiny({ onProgress: (at) => progress.push(at) })).toEqual({ id: 'tiny', folder: target(), fetched: true });
    expect(new Uint8Array(await readFile(join(target(), 'data.bin')))).toEqual(content);
    expect(await found()).toEqual(['data.bin']);
    expect(progress[0]).toEqual({ phase: 'download', file: 'data.bin', bytes: 0, total: content.length });
    expect(progress.at(-1)).toEqual({ phase: 'download', file: 'data.bin', bytes: content.length, total: content.length });
    expect(await fetchTiny()).toMatchObject({ fetched: false });
    expect(server.requests).toHaveLength(1);
  });
  test('goes on after cuts, as long as bytes arrive', async () => {
    server.cuts = [100_000, 50_000, 1, 60_000, 10];
    await fetchTiny();
    expect(new Uint8Array(await readFile(join(target(), 'data.bin')))).toEqual(content);
    const starts = server.requests.map(({ range }) => Number(/(\d+)-/.exec(range ?? '0-')![1]));
    expect(starts).toHaveLength(6);
    expect(starts[0]).toBe(0);
    expect(starts[1]).toBeGreaterThan(0);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });
  test('a later call goes on where one that was aborted stopped', async () => {
    server.cuts = [120_000];
    const controller = new AbortController();
    const stopped = fetchTiny({
      signal: controller.signal,
      onProgress: ({ bytes }) => bytes >= 100_000 && controller.abort(new Error('enough')),
    });
    await expect(stopped).rejects.toThrow('enough');
    expect(await found()).toEqual(['data.bin.part', 'data.bin.part.etag']);
    await fetchTiny();
    expect(Number(/(\d+)-/.exec(server.requests.at(-1)!.range ?? '')![1])).toBeGreaterThan(99_999);
    expect(new Uint8Array(await readFile(join(target(), 'data.bin')))).toEqual(content);
  });
  test.each([
    ['a file that changed meanwhile', () => (server.tag = '"two"')],
    ['a server without ranges', () => (server.ranges = false)],
  ])('%s is sent from the start', async (_, change) => {
    await mkdir(target(), { recursive: true });
    await writeFile(join(target(), 'data.bin.part'), new Uint8Array(1000).fill(9));
    await writeFile(join(target(), 'data.bin.part.etag'), '"one"');
    change();
    await fetchTiny();
    expect(new Uint8Array(await readFile(join(target(), 'data.bin')))).toEqual(content);
    expect(server.requests).toEqual([{ path: 'data.bin', range: 'bytes=1000-' }]);
  });
  test('a part that is whole, or longer than the file', async () => {
    await mkdir(target(), { recursive: true });
    await writeFile(join(target(), 'data.bin.part'), content);
    await fetchTiny();
    expect(await found()).toEqual(['data.bin']);
    cache = await folder();
    await mkdir(target(), { recursive: true });
    await writeFile(join(target(), 'data.bin.part'), new Uint8Array(content.length + 5));
    await fetchTiny();
    expect(new Uint8Array(await readFile(join(target(), 'data.bin')))).toEqual(content);
  });
  test('another checksum is refused and nothing stays', async () => {
    const checksum = { algorithm: 'md5' as const, hex: '0'.repeat(32) };
    await expect(fetchTiny({ sources: source({ checksum }) })).rejects.toThrow(
      /^data fetch tiny: md5 0{32} of http:\/\/.*data\.bin, got \w{32}\. What arrived was thrown away/,
    );
    expect(await found()).toEqual([]);
  });
  test('a damaged part is thrown away, the next call fetches all', async () => {
    await mkdir(target(), { recursive: true });
    await writeFile(join(target(), 'data.bin.part'), new Uint8Array(1000).fill(9));
    await expect(fetchTiny()).rejects.toThrow(/sha256 \w{64} of/);
    await fetchTiny();
    expect(new Uint8Array(await readFile(join(target(), 'data.bin')))).toEqual(content);
  });
  test.each<[string, () => Partial<FetchDatasetOptions>, RegExp]>([
    [
      'a missing file',
      () => ({ sources: source({ url: `${server.url}/other` }) }),
      /^data fetch tiny: http:\/\/.*\/other must be there, got 404 Not Found/,
    ],
    [
      'another size',
      () => ({ sources: source({ bytes: 5 }) }),
      /^data fetch tiny: 5 bytes at http:\/\/.*, got 300000\. The publisher has another file/,
    ],
    [
      'no server',
      () => ({ sources: source({ url: 'http://127.0.0.1:9/data.bin' }) }),
      /^data fetch tiny: http:\/\/127\.0\.0\.1:9\/data\.bin must be reachable, got .*Check the connection/,
    ],
  ])('%s is refused', async (_, options, message) => {
    await expect(fetchTiny(options())).rejects.toThrow(message);
    expect(await found()).toEqual([]);
  });
  test('an unknown id lists the known ones', async () => {
    await expect(fetchDataset('mnist')).rejects.toMatchObject({
      message: expect.stringMatching(
        /^data fetch: one of fashion-mnist, tiny-shakespeare, cifar10, cifar100, ogbn-arxiv, got mnist\. Other data sets/,
      ),
      exitCode: 2,
    });
  });
  test('an archive is unpacked and removed; one that lacks a member is refused', async () => {
    const packed = gzipSync(await packTar([{ header: { name: 'folder/a.bin', size: 3 }, body: Uint8Array.of(1, 2, 3) }]));
    server.files = { 'x.tar.gz': packed };
    const file = {
      name: 'x.tar.gz',
      url: `${server.url}/x.tar.gz`,
      bytes: packed.length,
      checksum: { algorithm: 'sha256' as const, hex: sha256(packed) },
    };
    await fetchTiny({ sources: source(file, { unpack: { kind: 'tar', members: ['a.bin'] } }) });
    expect(await found()).toEqual(['a.bin']);
    expect(await fetchTiny({ sources: source(file, { unpack: { kind: 'tar', members: ['a.bin'] } }) })).toMatchObject({ fetched: false });
    const more = { kind: 'tar' as const, members: ['a.bin', 'b.bin'] };
    await expect(fetchTiny({ sources: source(file, { unpack: more }) })).rejects.toThrow(
      'tiny/x.tar.gz: an archive with a.bin, b.bin, got none of the name b.bin',
    );
  });
  test('a zip archive that is none is refused', async () => {
    await expect(fetchTiny({ sources: source({}, { unpack: { kind: 'zip', members: ['raw/a'] } }) })).rejects.toThrow(
      'tiny/data.bin: a whole zip archive, got',
    );
  });
});

describe('other places', () => {
  test('a mirror has the published names, with the same checksums', async () => {
    const folder = DATASET_SOURCES['fashion-mnist']!;
    const moved = mirrored(folder, `${server.url}/pub/`);
    expect(moved.files.map(({ url }) => url)).toContain(`${server.url}/pub/train-images-idx3-ubyte.gz`);
    expect(moved.files.map(({ checksum }) => checksum)).toEqual(folder.files.map(({ checksum }) => checksum));
    server.files = { 'pub/data.bin': content };
    const tiny = source({ url: 'https://example.org/a/data.bin' })['tiny']!;
    expect(await fetchTiny({ sources: { tiny: mirrored(tiny, `${server.url}/pub`) } })).toMatchObject({ fetched: true });
  });
  test('one address stands for one file', () => {
    expect(relocated('cifar10', DATASET_SOURCES['cifar10']!, `${server.url}/x.tgz`).files[0]!.url).toBe(`${server.url}/x.tgz`);
    expect(() => relocated('fashion-mnist', DATASET_SOURCES['fashion-mnist']!, server.url)).toThrow(
      'data fetch fashion-mnist: a set of one file, for --url, got 4 files. Give the address of the folder that holds them: --mirror BASE',
    );
  });
  test.each(['ftp://example.org/x', 'example.org', '/folder'])('%s is no address', (text) => {
    expect(() => mirrored(DATASET_SOURCES['cifar10']!, text)).toThrow(/^data fetch: an address that begins with https:/);
  });
});

test('listDatasets says what is there, how large the rest is, and under which terms', async () => {
  const [digits, photographs, blobs] = await listDatasets([mnist, cifar10, gaussianBlobs]);
  expect(digits).toMatchObject({ id: 'mnist', available: true, fetchable: false, licence: 'CC BY-SA 3.0' });
  expect(photographs).toMatchObject({ id: 'cifar10', fetchable: true, bytes: 170_052_171 });
  expect(blobs).toMatchObject({ available: true, fetchable: false, bytes: null, licence: null, where: 'made in memory' });
});

test('every source belongs to a data set, and no id is given twice', () => {
  const ids = builtinDatasets.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of Object.keys(DATASET_SOURCES)) expect(ids).toContain(id);
});

test('every source names a secure address and a whole checksum for each file', () => {
  for (const { files } of Object.values(DATASET_SOURCES)) {
    for (const { url, checksum } of files) {
      expect(url).toMatch(/^https:/);
      expect(checksum.hex).toMatch(checksum.algorithm === 'md5' ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{64}$/);
    }
  }
});
