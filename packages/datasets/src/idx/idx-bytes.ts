/** An IDX file of unsigned bytes, row-major: what `parseIdx` reads. */
export function idxBytes(shape: readonly number[], data: ArrayLike<number>): Uint8Array {
  const start = 4 + 4 * shape.length;
  const bytes = new Uint8Array(start + data.length);
  const header = new DataView(bytes.buffer);
  header.setUint8(2, 8);
  header.setUint8(3, shape.length);
  shape.forEach((length, axis) => header.setUint32(4 + 4 * axis, length));
  bytes.set(data, start);
  return bytes;
}
