// Every reader of files, as a function of bytes: it gives what the bytes hold, or an error that names the file. `place` is a folder for those that read files.
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { vectorFromArray, tableFromArrays, tableToIPC } from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { decodeArrow } from '../../packages/core/src/arrow/index.ts';
import { BasinlabError } from '../../packages/core/src/errors.ts';
import { openEventLog, readEvents } from '../../packages/core/src/store/event-log.ts';
import { readAnyJson, readJson } from '../../packages/core/src/store/json-file.ts';
import { takeLock } from '../../packages/core/src/store/lock.ts';
import { digestedBy, emptyDigest, putDigest } from '../../packages/core/src/store/parquet-digest.ts';
import { checkParquet, readParquet } from '../../packages/core/src/store/parquet.ts';
import { readRunConfig } from '../../packages/core/src/store/run-store.ts';
import { readCheckpoint } from '../../packages/core/src/store/checkpoint.ts';
import { decodeSafetensors, encodeSafetensors } from '../../packages/core/src/store/safetensors/index.ts';
import { unpackTarMembers, unpackZipMembers } from '../../packages/datasets/src/catalog/unpack.ts';
import { parseCifar } from '../../packages/datasets/src/cifar/parse-cifar.ts';
import { parseJsonImages } from '../../packages/datasets/src/fashion-mnist/parse-json-images.ts';
import { readNumbers } from '../../packages/datasets/src/graph/read-numbers.ts';
import { idxBytes } from '../../packages/datasets/src/idx/idx-bytes.ts';
import { parseIdx } from '../../packages/datasets/src/idx/parse-idx.ts';
import { decodeImage } from '../../packages/datasets/src/image-folder/decode-image.ts';
import { parseNpy } from '../../packages/datasets/src/table/parse-npy.ts';
import { parseConfig } from '../../packages/experiments/src/experiment/parse.ts';
import { experimentSchema } from '../../packages/experiments/src/experiment/schema.ts';
import { readPickle } from '../../packages/experiments/src/runs/torch/pickle.ts';
import { readWeights } from '../../packages/experiments/src/runs/torch/read-weights.ts';
import { ProgramStore } from '../../packages/xla/src/backend/program-store.ts';
import { unpackWheel } from '../../packages/xla/src/installer/wheel.ts';

await tf.setBackend('cpu');

const text = (value) => Buffer.from(value);
const json = (value) => text(JSON.stringify(value, null, 1));
const inFile = (name, read) => (bytes, place) => {
  const path = join(place, name);
  writeFileSync(path, bytes);
  return read(path, place);
};

/** A tar archive of one file. */
function tar(name, content) {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0' + '0000000\0' + '0000000\0' + content.length.toString(8).padStart(11, '0') + '\0' + '00000000000\0', 100);
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return Buffer.concat([header, content, Buffer.alloc(1536 - content.length)]);
}

/** A zip archive of files that are stored as they are. */
function zip(files) {
  const [parts, directory, crc] = [[], [], Buffer.alloc(4)];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const sizes = Buffer.alloc(8);
    sizes.writeUInt32LE(content.length, 0);
    sizes.writeUInt32LE(content.length, 4);
    const common = Buffer.concat([Buffer.from([20, 0, 0, 0, 0, 0, 0, 0, 0, 0]), crc, sizes, Buffer.from([name.length, 0, 0, 0])]);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), content]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, place, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

const npy = (header, content) =>
  Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    Buffer.from([header.length & 255, header.length >> 8]),
    text(header),
    content,
  ]);
const arrow = (format) =>
  tableToIPC(
    tableFromArrays({
      a: Float32Array.of(1, 2, 3),
      b: vectorFromArray([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      c: ['x', 'y', 'z'],
    }),
    format,
  );
const torch = JSON.parse(readFileSync(process.env.BASINLAB_FUZZ_TORCH, 'utf8')).files;
const torchFiles = Object.values(torch).map((file) => Buffer.from(file, 'base64'));
const image = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP4z8DAwPD/PwMDAwMDAwAZ5gP9Ej0bFAAAAABJRU5ErkJggg==',
  'base64',
);
const experiment = parseConfig('config', experimentSchema, {});
const program = Buffer.from('a program that was compiled');
/** A client that takes nothing but what it has compiled itself: damaged programs must not get to the compiler's library at all. */
const client = {
  fingerprint: 'f',
  compile: () => ({ serialize: () => program }),
  deserialize: (bytes) => {
    if (!program.equals(bytes)) throw Object.assign(new Error('a damaged program was loaded'), { fatal: true });
    return {};
  },
};
const event = (more) => JSON.stringify({ time: '2026-01-01T00:00:00.000Z', ...more });
const quiet = async (read) => {
  try {
    for (const { columns } of await read()) for (const { tensor } of columns) tensor.dispose();
  } catch (error) {
    tf.disposeVariables();
    throw error;
  }
};

/** By name: what is read, where it begins, and how it reads; `id` is what its errors must name. */
export const targets = {
  safetensors: {
    seeds: () => [
      encodeSafetensors(
        { a: { shape: [2, 3], data: new Float32Array(6) }, b: { dtype: 'BF16', shape: [1], data: new Float32Array(1) } },
        { note: 'x' },
      ),
      encodeSafetensors({ c: { shape: [], data: BigInt64Array.of(1n) }, d: { shape: [0], data: new Uint8Array() } }),
    ],
    run: (bytes) => decodeSafetensors(bytes, 'FILE'),
  },
  checkpoint: {
    seeds: () => [
      encodeSafetensors({ 'params/a': { shape: [1], data: new Float32Array(1) } }, { counters: '{"epoch":1}', empty: '["state"]' }),
    ],
    run: inFile('epoch-000001.safetensors', (path) => readCheckpoint(path)),
    id: 'epoch-000001.safetensors',
  },
  idx: {
    seeds: () => [idxBytes([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]), idxBytes([3], [0, 1, 2]), gzipSync(idxBytes([2], [1, 2]))],
    run: (bytes) => parseIdx(bytes, 'FILE'),
  },
  cifar: {
    seeds: () => [Buffer.alloc(3073, 3), Buffer.alloc(6148, 7)],
    run: (bytes) => parseCifar(bytes, { classes: bytes.length % 3073 === 0 ? [10] : [20, 100], read: 0 }, 'FILE'),
  },
  npy: {
    seeds: () => [
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }\n", Buffer.alloc(8)),
      npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }\n", Buffer.alloc(8, 1)),
      npy("{'descr': '|b1', 'fortran_order': True, 'shape': (), }\n", Buffer.alloc(1)),
    ],
    run: (bytes) => parseNpy(bytes, 'FILE'),
  },
  arrow: {
    seeds: () => [arrow('file'), arrow('stream')],
    run: (bytes) => quiet(() => decodeArrow(bytes, { id: 'FILE' })),
  },
  'parquet footer': {
    seeds: () => [
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: 'a', data: [1, 2], type: 'DOUBLE' },
            { name: 'b', data: ['x', null], type: 'STRING' },
          ],
        }),
      ),
      new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'i', data: [1n, 2n], type: 'INT64' }], codec: 'UNCOMPRESSED' })),
    ],
    run: inFile('rows.parquet', (path) => checkParquet(path)),
    id: 'rows.parquet',
  },
  // As written here, with a digest. Of pages of other files the reader believes what they say: see docs/reliability.md.
  parquet: {
    seeds: () => {
      const bytes = Buffer.from(
        parquetWriteBuffer({ columnData: [{ name: 'a', data: [1, 2], type: 'DOUBLE' }], createdBy: digestedBy, kvMetadata: [emptyDigest] }),
      );
      putDigest(bytes);
      return [bytes];
    },
    run: inFile('rows.parquet', (path) => readParquet(path)),
    id: 'rows.parquet',
  },
  config: {
    seeds: () => [json({ config: experiment, versions: { node: '20' }, plugins: {} })],
    run: inFile('config.json', async (path, place) => parseConfig('config.json', experimentSchema, (await readRunConfig(place)).config)),
    id: 'config.json',
  },
  json: {
    seeds: () => [json({ a: [1, { b: null }], sha256: 'x' })],
    run: inFile('result.json', async (path) => (await readAnyJson(path), readJson(path))),
    id: 'result.json',
  },
  events: {
    seeds: () => [
      text(
        `${event({ kind: 'metric', stage: 'train', rows: [{ name: 'loss', value: 'NaN' }] })}\n${event({ kind: 'checkpoint', epoch: 1 })}\n`,
      ),
      text(`${event({ kind: 'x' }).slice(0, -1)},"crc32":"f5b3a3a7"}\n`),
    ],
    run: inFile('events.jsonl', async (path) => {
      await readEvents(path);
      const log = await openEventLog(path);
      await log.append({ kind: 'more' });
      await log.close();
      await readEvents(path).catch((error) => {
        throw Object.assign(error, { fatal: true });
      });
    }),
    id: 'events.jsonl',
  },
  lock: {
    seeds: () => [json({ pid: 2147483640, host: 'elsewhere', started: null, take: 'x' })],
    run: inFile('lock', async (path) => (await takeLock(path))()),
    id: 'lock',
  },
  wheel: {
    seeds: () => [zip({ 'a/b.so': Buffer.from('library'), 'c.txt': Buffer.from('') })],
    run: inFile('w.whl', (path, place) => unpackWheel('install', path, join(place, 'out'))),
    id: 'install',
  },
  'tar archive': {
    seeds: () => [tar('folder/a.bin', Buffer.from('content')), gzipSync(tar('a.bin', Buffer.from('content')))],
    run: inFile('a.tar', (path, place) => unpackTarMembers('set/a.tar', path, join(place, 'out'), ['a.bin'])),
    id: 'set/a.tar',
  },
  'zip archive': {
    seeds: () => [zip({ 'x/a.bin': Buffer.from('content') })],
    run: inFile('a.zip', (path, place) => unpackZipMembers('set/a.zip', path, join(place, 'out'), ['a.bin'])),
    id: 'set/a.zip',
  },
  'torch file': {
    seeds: () => torchFiles,
    run: inFile('model.pt', (path) => readWeights(path)),
    id: 'model.pt',
  },
  pickle: {
    seeds: () => [
      Buffer.from('8002580100000061710028284b014b024b0374517d7102285801000000625d71032847000000000000000065752e', 'hex'),
      Buffer.from('80049520000000000000007d94288c016194888c01629489754e8a02ff7f8685942e', 'hex'),
    ],
    run: (bytes) => readPickle(bytes, 0, 'FILE'),
  },
  program: {
    seeds: () => [],
    run: inFile('x', (path, place) => {
      const folder = join(place, 'programs');
      rmSync(folder, { recursive: true, force: true });
      const store = new ProgramStore(folder, 1);
      store.load(client, 'text');
      return replaceOnly(folder, path, () => new ProgramStore(folder, 1).load(client, 'text'));
    }),
  },
  numbers: {
    seeds: () => [text('1,2.5\n-3,4e2\n'), text('0.1234567890123456789,7\r\n')],
    run: inFile('n.csv', (path) => readNumbers(path, 'set/n.csv', 2, 'again', () => undefined)),
    id: 'set/n.csv',
  },
  'json images': {
    seeds: () => [text('{"data": [[1,2],[],[255, 0]]}')],
    run: (bytes) => parseJsonImages(bytes, 2, 'FILE', 'again'),
  },
  image: {
    seeds: () => [image],
    run: (bytes) => decodeImage('FILE', bytes),
  },
};

/** The one file of a folder becomes that of `path`; then `read`. */
function replaceOnly(folder, path, read) {
  const [name] = readdirSync(folder);
  writeFileSync(join(folder, name), readFileSync(path), { mode: 0o600 });
  return read();
}

/** What is wrong with how a reader refused bytes, or null: an error of ours, short enough to be read, that names the file. */
export function fault(error, id) {
  if (error.fatal === true) return `${error.message}`;
  if (!(error instanceof BasinlabError))
    return `${error?.name}: ${error?.message}\n${String(error?.stack).split('\n').slice(1, 6).join('\n')}`;
  if (!error.message.includes(id)) return `does not name ${id}: ${error.message}`;
  return error.message.length > 1500 ? `${error.message.length} characters: ${error.message.slice(0, 200)}` : null;
}
