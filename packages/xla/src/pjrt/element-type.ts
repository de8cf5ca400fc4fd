import { demand } from '@basinlab/tensor';

const table = {
  bool: { code: 1, bytes: 1 },
  int8: { code: 2, bytes: 1 },
  int16: { code: 3, bytes: 2 },
  int32: { code: 4, bytes: 4 },
  int64: { code: 5, bytes: 8 },
  uint8: { code: 6, bytes: 1 },
  uint16: { code: 7, bytes: 2 },
  uint32: { code: 8, bytes: 4 },
  uint64: { code: 9, bytes: 8 },
  float16: { code: 10, bytes: 2 },
  float32: { code: 11, bytes: 4 },
  float64: { code: 12, bytes: 8 },
  bfloat16: { code: 13, bytes: 2 },
  complex64: { code: 14, bytes: 8 },
  complex128: { code: 15, bytes: 16 },
} as const;

/** Element types of device buffers, by name; elements are stored in the machine's byte order, `bool` as one byte of 0 or 1. */
export type ElementType = keyof typeof table;

const byCode = new Map<number, ElementType>(Object.entries(table).map(([name, { code }]) => [code, name as ElementType]));

/** Bytes of one element. */
export function elementBytes(type: ElementType): number {
  return table[type].bytes;
}

/** The value of `PJRT_Buffer_Type`. */
export function elementCode(type: ElementType): number {
  return table[type].code;
}

/** The name of a `PJRT_Buffer_Type`; refuses types narrower than a byte and tokens. */
export function elementType(code: number): ElementType {
  const type = byCode.get(code);
  demand(type !== undefined, 'pjrt', `an element type of ${Object.keys(table).join(', ')}`, `PJRT type ${code}`);
  return type;
}
