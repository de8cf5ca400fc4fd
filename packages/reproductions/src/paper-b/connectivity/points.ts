import { join } from 'node:path';
import type { ParquetRow } from '@basinlab/core/store';
import { readParquet, writeParquet } from '@basinlab/core/store';
import type { LineRow } from '@basinlab/report';

/** One point of a figure of these reproductions; `figure` says of which. */
export interface FigurePoint extends LineRow {
  readonly figure: string;
}

const types = { figure: 'string', panel: 'string', series: 'string', x: 'double', y: 'double' } as const;

/** Writes `results.parquet`. */
export const writePoints = (out: string, points: readonly FigurePoint[]): Promise<void> =>
  writeParquet(join(out, 'results.parquet'), points as readonly FigurePoint[] as readonly (FigurePoint & ParquetRow)[], types);

/** The points of each figure, read back. */
export async function readPoints(out: string): Promise<(figure: string) => FigurePoint[]> {
  const points = (await readParquet(join(out, 'results.parquet'))) as unknown as FigurePoint[];
  return (figure) => points.filter((point) => point.figure === figure);
}
