/**
 * C argument structs. Every PJRT function takes one pointer to a struct that starts with its own size and an extension pointer; fields are only
 * ever appended, so a struct of an older or newer minor version is a prefix of the other.
 */
import { addressOf } from './memory.js';

/** The C types that occur in PJRT structs; `pointer`, `size` and `int64` take eight bytes, `int32` and `float32` four, `bool` one. */
export type FieldType = 'pointer' | 'size' | 'int64' | 'int32' | 'float32' | 'bool';

/** What a field may be set to: an address or memory that must stay alive (for `pointer`), a number, a truth value. */
export type FieldValue = bigint | number | boolean | ArrayBufferView | Struct | null;

/** A struct in memory. */
export interface Struct {
  readonly bytes: Uint8Array;
}

/** Offsets of a struct's fields. `size` ends with the last field, as `struct_size` must. */
export interface Layout<F extends string> {
  readonly size: number;
  /** Bytes before the first field: 16, or 0 for a struct that does not start with its size. */
  readonly header: 0 | 16;
  readonly fields: Readonly<Record<F, { offset: number; type: FieldType }>>;
}

const widths: Record<FieldType, number> = { pointer: 8, size: 8, int64: 8, int32: 4, float32: 4, bool: 1 };

/** Lays fields out by the C rules (natural alignment), after the two fields that every PJRT struct starts with unless `header` is 0. */
export function layout<F extends string>(fields: Record<F, FieldType>, header: 0 | 16 = 16): Layout<F> {
  let end: number = header;
  const placed = {} as Record<F, { offset: number; type: FieldType }>;
  for (const [name, type] of Object.entries(fields) as [F, FieldType][]) {
    const offset = Math.ceil(end / widths[type]) * widths[type];
    placed[name] = { offset, type };
    end = offset + widths[type];
  }
  return { size: end, header, fields: placed };
}

/** One zeroed struct in memory that never moves; what its pointers lead to stays referenced as long as the block does. */
export class Block<F extends string> implements Struct {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly references = new Map<F, unknown>();

  constructor(private readonly layout: Layout<F>) {
    const memory = new ArrayBuffer(Math.ceil(layout.size / 8) * 8);
    this.bytes = new Uint8Array(memory);
    this.view = new DataView(memory);
    if (layout.header > 0) this.view.setBigUint64(0, BigInt(layout.size), true);
  }

  set(values: Partial<Record<F, FieldValue>>): this {
    for (const name in values) this.put(name, values[name] as FieldValue);
    return this;
  }

  /** The value of a `pointer` field. */
  address(field: F): bigint {
    return this.view.getBigUint64(this.layout.fields[field].offset, true);
  }

  /** The value of a number field; 64-bit values beyond 2^53 lose precision. */
  number(field: F): number {
    const { offset, type } = this.layout.fields[field];
    switch (type) {
      case 'int32':
        return this.view.getInt32(offset, true);
      case 'float32':
        return this.view.getFloat32(offset, true);
      case 'int64':
        return Number(this.view.getBigInt64(offset, true));
      case 'bool':
        return this.view.getUint8(offset);
      case 'pointer':
      case 'size':
        return Number(this.view.getBigUint64(offset, true));
      default:
        throw type satisfies never;
    }
  }

  /** The value of a `bool` field. */
  flag(field: F): boolean {
    return this.number(field) !== 0;
  }

  private put(field: F, value: FieldValue): void {
    const { offset, type } = this.layout.fields[field];
    if (type === 'pointer') {
      const memory = value instanceof Block ? value.bytes : (value as bigint | ArrayBufferView | null);
      const owned = memory !== null && typeof memory !== 'bigint';
      if (owned) this.references.set(field, value);
      else this.references.delete(field);
      this.view.setBigUint64(offset, owned ? addressOf(memory) : (memory ?? 0n), true);
    } else if (type === 'int32') this.view.setInt32(offset, Number(value), true);
    else if (type === 'float32') this.view.setFloat32(offset, Number(value), true);
    else if (type === 'bool') this.view.setUint8(offset, value ? 1 : 0);
    else this.view.setBigInt64(offset, BigInt(value as number | bigint), true);
  }
}
