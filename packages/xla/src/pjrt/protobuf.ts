/** A writer for the few protocol buffer encodings that PJRT wants: a message is the concatenation of its fields. */

/** A field number, wire type 0: integers (two's complement, 64 bits), enums and truth values. */
export function varintField(field: number, value: number | bigint | boolean): Uint8Array {
  return concat([varint(BigInt(field) << 3n), varint(BigInt.asUintN(64, BigInt(value)))]);
}

/** Wire type 1: a 64-bit float. */
export function doubleField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return concat([varint((BigInt(field) << 3n) | 1n), bytes]);
}

/** Wire type 2: text, bytes, an embedded message, or a packed list. */
export function bytesField(field: number, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return concat([varint((BigInt(field) << 3n) | 2n), varint(BigInt(bytes.length)), bytes]);
}

/** Joins fields into a message. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  do {
    const low = Number(value & 0x7fn);
    value >>= 7n;
    bytes.push(value === 0n ? low : low | 0x80);
  } while (value !== 0n);
  return Uint8Array.from(bytes);
}
