/** The bytes of a file in the binary format of CIFAR: each record its labels, then levels that depend on record, plane and pixel. */
export function cifarBytes(labels: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(labels.flatMap((head, record) => [...head, ...Array.from({ length: 3072 }, (_, i) => levelAt(record, i))]));
}

/** Level `i` of a record: planes of 1,024, red first. */
export const levelAt = (record: number, i: number): number => (record * 31 + i * 7 + Math.floor(i / 1024) * 50) % 256;
