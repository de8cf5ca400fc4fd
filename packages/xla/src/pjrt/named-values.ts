/** `PJRT_NamedValue`: how options are given to a plugin and how it describes itself. */
import { demand } from '@basinlab/tensor';
import { addressOf, readMemory, readText } from './memory.js';

/** A value of a plugin's option or attribute. */
export type NamedValue = string | number | boolean | readonly number[];

const kinds = { string: 0, int64: 1, int64List: 2, float: 3, bool: 4 } as const;
const stride = 56;
const at = { size: 0, name: 16, nameSize: 24, type: 32, value: 40, valueSize: 48 };

/** Options that plugins read as a float even where the number given is whole. */
const floatOptions = new Set(['memory_fraction']);

/** Encoded options: the array of structs and everything that it points to. */
export interface NamedValues {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Memory that `bytes` points to; keep it referenced until the call that takes `bytes` returns. */
  readonly references: readonly ArrayBufferView[];
}

/**
 * Encodes options as an array of `PJRT_NamedValue`: text, truth values, lists of whole numbers; a number becomes int64 if it is whole (except
 * `memory_fraction`) and float32 otherwise.
 */
export function encodeNamedValues(values: Readonly<Record<string, NamedValue>>): NamedValues {
  const entries = Object.entries(values);
  const bytes = new Uint8Array(new ArrayBuffer(stride * entries.length));
  const view = new DataView(bytes.buffer);
  const references: ArrayBufferView[] = [];
  const reference = <T extends ArrayBufferView>(memory: T): bigint => {
    references.push(memory);
    return addressOf(memory);
  };
  for (const [i, [name, value]] of entries.entries()) {
    const start = stride * i;
    const text = new TextEncoder().encode(name);
    view.setBigUint64(start + at.size, BigInt(stride), true);
    view.setBigUint64(start + at.name, reference(text), true);
    view.setBigUint64(start + at.nameSize, BigInt(text.length), true);
    const put = (kind: keyof typeof kinds, size: number) => {
      view.setInt32(start + at.type, kinds[kind], true);
      view.setBigUint64(start + at.valueSize, BigInt(size), true);
    };
    if (typeof value === 'string') {
      const content = new TextEncoder().encode(value);
      view.setBigUint64(start + at.value, reference(content), true);
      put('string', content.length);
    } else if (typeof value === 'boolean') {
      view.setUint8(start + at.value, value ? 1 : 0);
      put('bool', 1);
    } else if (typeof value !== 'number') {
      demand(value.every(Number.isSafeInteger), name, 'a list of whole numbers', value);
      view.setBigUint64(start + at.value, reference(BigInt64Array.from(value, BigInt)), true);
      put('int64List', value.length);
    } else if (Number.isSafeInteger(value) && !floatOptions.has(name)) {
      view.setBigInt64(start + at.value, BigInt(value), true);
      put('int64', 1);
    } else {
      demand(Number.isFinite(value), name, 'a finite number', value);
      view.setFloat32(start + at.value, value, true);
      put('float', 1);
    }
  }
  return { bytes, count: entries.length, references };
}

/** Decodes `count` values from an array of `PJRT_NamedValue` that the plugin owns; values of unknown kinds are left out. */
export function decodeNamedValues(address: bigint, count: number): Record<string, NamedValue> {
  const result: Record<string, NamedValue> = {};
  let start = address;
  for (let i = 0; i < count; i++) {
    const view = new DataView(readMemory(start, stride).buffer);
    const pointer = (offset: number) => view.getBigUint64(offset, true);
    const size = Number(pointer(at.valueSize));
    const name = readText(pointer(at.name), Number(pointer(at.nameSize)));
    const kind = view.getInt32(at.type, true);
    if (kind === kinds.string) result[name] = readText(pointer(at.value), size);
    else if (kind === kinds.int64) result[name] = Number(view.getBigInt64(at.value, true));
    else if (kind === kinds.int64List) result[name] = [...new BigInt64Array(readMemory(pointer(at.value), 8 * size).buffer)].map(Number);
    else if (kind === kinds.float) result[name] = view.getFloat32(at.value, true);
    else if (kind === kinds.bool) result[name] = view.getUint8(at.value) !== 0;
    start += pointer(at.size) || BigInt(stride);
  }
  return result;
}
