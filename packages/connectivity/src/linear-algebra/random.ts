import type { Key } from '@basinlab/core';
import { normal } from '@basinlab/core/random';
import { Matrix } from 'ml-matrix';

/** A matrix of independent N(0, deviation^2) entries. */
export const randomMatrix = (key: Key, rows: number, columns: number, deviation = 1): Matrix =>
  Matrix.from1DArray(rows, columns, Array.from(normal(key, rows * columns, { deviation })));
