import { promisify } from 'node:util';
import { readFile } from 'node:fs/promises';
import { BasinlabError, demand } from '@basinlab/core';
import { bytesPerElement, decodeArray, fileError, type SafetensorsDtype, type StoredTensor } from '@basinlab/core/store';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { PickledGlobal, PickledObject, PickledReference, readPickle, type Pickled } from './pickle.js';

// Files of torch.save: since PyTorch 1.6 a zip archive that holds a pickle and the bytes of every storage, before that pickles one behind the other and then the
// storages. Nothing that a pickle names is run.

/** A tensor in a file of PyTorch. */
export class TorchTensor {
  constructor(
    readonly storage: string,
    readonly dtype: SafetensorsDtype,
    /** First element in the storage. */
    readonly offset: number,
    readonly shape: readonly number[],
    /** Elements from one to the next along each axis. */
    readonly strides: readonly number[],
  ) {}
}

/** What a file of PyTorch holds. */
export interface TorchFile {
  /** The pickled value, with tensors in place of calls that would make them. */
  readonly value: TorchValue;
  /** The numbers of one of its tensors, in row-major order. */
  read(tensor: TorchTensor): StoredTensor;
}
/** See {@link TorchFile}. */
export type TorchValue = Pickled | TorchTensor | TorchValue[] | Map<Pickled, TorchValue>;

const dtypes: Readonly<Record<string, SafetensorsDtype>> = {
  ...{ FloatStorage: 'F32', DoubleStorage: 'F64', HalfStorage: 'F16', BFloat16Storage: 'BF16' },
  ...{ LongStorage: 'I64', IntStorage: 'I32', ShortStorage: 'I16', CharStorage: 'I8', ByteStorage: 'U8', BoolStorage: 'BOOL' },
};

/** Whether bytes begin as a file of torch.save does. */
export const isTorchFile = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0x50 && bytes[1] === 0x4b) || (bytes[0] === 0x80 && bytes[1] === 2 && bytes[2] === 0x8a);

/**
 * Reads a file of torch.save without running what it names.
 * @throws BasinlabError for files that are damaged, compressed, or of another kind
 */
export async function readTorchFile(path: string): Promise<TorchFile> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError(path, 'a readable file', error);
  });
  demand(isTorchFile(bytes), path, 'a file of torch.save', `bytes ${Array.from(bytes.subarray(0, 4)).join(' ')}`);
  const { value, storages } = bytes[0] === 0x50 ? await inArchive(path, bytes) : inSequence(path, bytes);
  return { value: withTensors(path, value, new Map()), read: (tensor) => materialise(path, tensor, storages) };
}

type Storages = ReadonlyMap<string, Uint8Array>;
interface Parts {
  readonly value: Pickled;
  readonly storages: Storages;
}

/** An archive: `<any name>/data.pkl`, and the bytes of storages as `<any name>/data/<key>`, not compressed. */
async function inArchive(path: string, bytes: Buffer): Promise<Parts> {
  const zip = await promisify<Buffer, yauzl.Options, ZipFile>(yauzl.fromBuffer)(bytes, { lazyEntries: true }).catch((cause: Error) => {
    throw new BasinlabError(path, 'a zip archive of torch.save', cause.message, { cause });
  });
  const contents = new Map<string, Uint8Array>();
  await new Promise<void>((done, fail) => {
    zip.on('error', fail);
    zip.on('end', done);
    zip.on('entry', (entry: Entry) => {
      const name = /^[^/]+\/(data\.pkl|byteorder|data\/.+)$/.exec(entry.fileName)?.[1];
      // What is stored as it is cannot be larger than the file.
      if (name === undefined || entry.compressionMethod !== 0) return zip.readEntry();
      zip.openReadStream(entry, (error, stream) => {
        if (error !== null) return fail(error);
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('error', fail);
        stream.on('end', () => {
          contents.set(name, Buffer.concat(chunks));
          zip.readEntry();
        });
      });
    });
    zip.readEntry();
  }).catch((cause: Error) => {
    throw new BasinlabError(path, 'a whole archive of torch.save', cause.message, { cause });
  });
  const pickle = contents.get('data.pkl');
  demand(pickle !== undefined, path, 'an archive of torch.save, with data.pkl stored as it is', [...contents.keys()].join(', '));
  const order = contents.get('byteorder');
  if (order !== undefined) demand(Buffer.from(order).toString() === 'little', path, 'byte order little', Buffer.from(order).toString());
  const storages = [...contents].flatMap(([name, content]) => (name.startsWith('data/') ? [[name.slice(5), content] as const] : []));
  return { value: readPickle(pickle, 0, path).value, storages: new Map(storages) };
}

/** First two pickles of files before PyTorch 1.6. */
const [magic, protocol] = [0x1950a86a20f9469cfc6cn, 1001];

function inSequence(path: string, bytes: Uint8Array): Parts {
  let at = 0;
  const next = (): Pickled => {
    const { value, end } = readPickle(bytes, at, path);
    at = end;
    return value;
  };
  const head = [next(), next()];
  demand(head[0] === magic && head[1] === protocol, path, `a file of torch.save, of format ${protocol}`, head.map(String).join(', '));
  const system = next();
  const isLittle = system instanceof Map && system.get('little_endian') === true;
  demand(isLittle, path, 'numbers whose least byte comes first', 'others');
  const value = next();
  const keys = next();
  const sizes = storageSizes(value);
  const storages = new Map<string, Uint8Array>();
  for (const key of Array.isArray(keys) ? keys : []) {
    demand(typeof key === 'string' && sizes.has(key), path, 'storages that tensors use', String(key));
    const elements = at + 8 <= bytes.length ? Number(new DataView(bytes.buffer, bytes.byteOffset + at, 8).getBigInt64(0, true)) : -1;
    const length = elements * sizes.get(key)!;
    at += 8;
    demand(elements >= 0 && at + length <= bytes.length, path, `${elements} numbers of storage ${key}`, `${bytes.length - at} bytes`);
    storages.set(key, bytes.subarray(at, at + length));
    at += length;
  }
  return { value, storages };
}

/** Bytes per element of every storage that a value refers to. */
function storageSizes(value: Pickled): Map<string, number> {
  const sizes = new Map<string, number>();
  const seen = new Set<unknown>();
  const open: Pickled[] = [value];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== 'object' || node === null || seen.has(node)) continue;
    seen.add(node);
    if (node instanceof PickledReference) {
      const storage = storageOf(node);
      if (storage !== null) sizes.set(storage.key, bytesPerElement(storage.dtype));
    } else if (node instanceof PickledObject) open.push(node.of, node.args, node.state);
    else if (node instanceof Map) for (const [key, inner] of node) open.push(key, inner);
    else if (Array.isArray(node) || node instanceof Set) for (const inner of node) open.push(inner);
  }
  return sizes;
}

/** A storage: ('storage', type, key, place, elements). */
function storageOf({ id }: PickledReference): { readonly key: string; readonly dtype: SafetensorsDtype } | null {
  if (!Array.isArray(id) || id[0] !== 'storage' || !(id[1] instanceof PickledGlobal)) return null;
  const dtype = dtypes[id[1].name.replace(/^torch\./, '')];
  return dtype === undefined || typeof id[2] !== 'string' ? null : { key: id[2], dtype };
}

/** How deep values may lie within one another: those of training scripts do by a few. */
const DEEPEST = 200;

/** The value with tensors where they would be rebuilt. Shared parts stay shared. */
function withTensors(path: string, value: Pickled, known: Map<Pickled, TorchValue>, depth = 0): TorchValue {
  demand(depth < DEEPEST, path, `values at most ${DEEPEST} deep`, 'deeper ones');
  if (typeof value !== 'object' || value === null) return value;
  const found = known.get(value);
  if (found !== undefined) return found;
  if (value instanceof PickledObject) {
    const tensor = tensorOf(path, value);
    known.set(value, tensor);
    return tensor;
  }
  if (value instanceof Map) {
    const result = new Map<Pickled, TorchValue>();
    known.set(value, result);
    for (const [key, inner] of value) result.set(key, withTensors(path, inner, known, depth + 1));
    return result;
  }
  if (Array.isArray(value)) {
    const result: TorchValue[] = [];
    known.set(value, result);
    for (const inner of value) result.push(withTensors(path, inner, known, depth + 1));
    return result;
  }
  return value;
}

function tensorOf(path: string, object: PickledObject): TorchTensor | PickledObject {
  const name = object.of instanceof PickledGlobal ? object.of.name : '';
  const args = Array.isArray(object.args) ? object.args : [];
  if (name === 'torch._utils._rebuild_parameter' && args[0] instanceof PickledObject) return tensorOf(path, args[0]);
  if (name !== 'torch._utils._rebuild_tensor_v2') return object;
  const [reference, offset, shape, strides] = args;
  const storage = reference instanceof PickledReference ? storageOf(reference) : null;
  const isSizes = (x: unknown): x is number[] => Array.isArray(x) && x.every((n) => Number.isSafeInteger(n) && n >= 0);
  demand(
    storage !== null && Number.isSafeInteger(offset) && isSizes(shape) && isSizes(strides) && shape.length === strides.length,
    path,
    'tensors with a storage, an offset, a shape and strides',
    args.map(String).join(', '),
  );
  return new TorchTensor(storage.key, storage.dtype, offset as number, shape, strides);
}

function materialise(path: string, { storage, dtype, offset, shape, strides }: TorchTensor, storages: Storages): StoredTensor {
  const bytes = storages.get(storage);
  const size = shape.reduce((product, length) => product * length, 1);
  const last = offset + shape.reduce((sum, length, axis) => sum + (length - 1) * strides[axis]!, 0);
  const elements = bytes === undefined ? -1 : bytes.length / bytesPerElement(dtype);
  demand(
    size === 0 || (bytes !== undefined && last < elements && size <= elements),
    path,
    `a storage ${storage} of at least ${Math.max(size, last + 1)} numbers`,
    elements,
  );
  const whole = decodeArray(dtype, bytes ?? new Uint8Array()) as Float32Array;
  const isInOrder = shape.every((length, axis) => length === 1 || strides[axis] === shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  if (isInOrder) return { dtype, shape, data: whole.slice(offset, offset + size) };
  let places = [offset];
  shape.forEach((length, axis) => {
    places = places.flatMap((place) => Array.from({ length }, (_, at) => place + at * strides[axis]!));
  });
  const data = whole.slice(0, size);
  places.forEach((place, at) => (data[at] = whole[place]!));
  return { dtype, shape, data };
}
