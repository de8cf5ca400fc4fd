/** A column of a table: rows first, row-major. */
export interface Column {
  /** [rows, ...shape of one row] */
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array | Int8Array | Int16Array | Uint16Array | Uint32Array;
}
