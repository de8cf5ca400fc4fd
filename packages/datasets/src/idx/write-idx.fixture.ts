/** The bytes of an IDX file of unsigned bytes. */
export function idxBytes(shape: readonly number[], data: ArrayLike<number>): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint8(2, 8);
  header.setUint8(3, shape.length);
  shape.forEach((length, axis) => header.setUint32(4 + 4 * axis, length));
  return Uint8Array.from([...new Uint8Array(header.buffer), ...Array.from(data)]);
}
