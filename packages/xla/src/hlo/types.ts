/** Element types of the graph. tfjs knows the first three and `complex64`; the others live inside kernels. */
export type DType =
  'float32' | 'int32' | 'bool' | 'uint8' | 'uint32' | 'int64' | 'uint64' | 'float64' | 'float16' | 'bfloat16' | 'complex64';

/** What the shape rules see of a value. Shapes are static: every size is known when the graph is built. */
export interface TensorType {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** How full a float32 matrix product is computed: all of its bits, or whatever the engine does fastest (TF32 on recent GPUs). */
export type Precision = 'highest' | 'default';

interface ElementType {
  readonly mlir: string;
  readonly bytes: number;
  readonly kind: 'float' | 'signed' | 'unsigned' | 'bool' | 'complex';
}

/** MLIR name, bytes per element and kind of every dtype. */
export const elementTypes: Readonly<Record<DType, ElementType>> = {
  float32: { mlir: 'f32', bytes: 4, kind: 'float' },
  int32: { mlir: 'i32', bytes: 4, kind: 'signed' },
  bool: { mlir: 'i1', bytes: 1, kind: 'bool' },
  uint8: { mlir: 'ui8', bytes: 1, kind: 'unsigned' },
  uint32: { mlir: 'ui32', bytes: 4, kind: 'unsigned' },
  int64: { mlir: 'i64', bytes: 8, kind: 'signed' },
  uint64: { mlir: 'ui64', bytes: 8, kind: 'unsigned' },
  float64: { mlir: 'f64', bytes: 8, kind: 'float' },
  float16: { mlir: 'f16', bytes: 2, kind: 'float' },
  bfloat16: { mlir: 'bf16', bytes: 2, kind: 'float' },
  complex64: { mlir: 'complex<f32>', bytes: 8, kind: 'complex' },
};

/** Number of elements of a shape; 1 for a scalar. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Equality of two lists of numbers: shapes, axes. */
export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/** `tensor<2x3xf32>` */
export const mlirType = ({ shape, dtype }: TensorType): string => `tensor<${[...shape, elementTypes[dtype].mlir].join('x')}>`;

/** `float32[2,3]`, for messages. */
export const showType = ({ shape, dtype }: TensorType): string => `${dtype}[${shape.join(',')}]`;
