/** The bytes of a .npy file, version 1, as numpy.save writes them. */
export function npyBytes(type: string, shape: readonly number[], data: ArrayBufferView, fortran: 'True' | 'False' = 'False'): Uint8Array {
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${type}', 'fortran_order': ${fortran}, 'shape': (${dimensions}), }`.padEnd(117) + '\n';
  const values = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode('NUMPY'),
    1,
    0,
    header.length,
    0,
    ...new TextEncoder().encode(header),
    ...values,
  ]);
}
