import { join } from 'node:path';
import { readParquet, writeParquet, type ParquetRow } from '@basinlab/core/store';
import type { PlaneRow } from '@basinlab/report';
import type { SummaryRow } from '../../shared/contract.js';

/** A trained network and its rescaled self. `mean` is the largest change of the test loss on the straight line between them. */
export interface RescaledRow extends SummaryRow {
  readonly quantity: 'barrier to the rescaled self';
  readonly network: string;
  /** Deviation of the logarithm of the factors. */
  readonly strength: number;
  /** Largest change of the loss along the symmetry-induced curve. */
  readonly lossChange: number;
  readonly curvature: number;
  readonly length: number;
  /** Distance of the two. */
  readonly chord: number;
  /** Largest gradient norm found. */
  readonly lipschitz: number;
  readonly applies: boolean;
  /** What theorem 6.2 asks and does not hold. */
  readonly violated: string | null;
  /** Bound on the distance of the straight line from the curve. */
  readonly sagitta: number | null;
  /** Certified bound on `mean`. */
  readonly epsilon: number | null;
}

export const paths = [
  'straight line',
  'straight line, permuted',
  'straight line, permuted and rescaled',
  'Bezier curve',
  'polygonal chain',
] as const;

/** A path between two networks trained apart. `mean` is the loss barrier on the test split, in nats. */
export interface PathRow extends SummaryRow {
  readonly quantity: 'loss barrier between two networks';
  readonly network: string;
  readonly path: (typeof paths)[number];
  /** In percent of the better end. */
  readonly accuracyBarrier: number;
  /** Distance of the ends. */
  readonly distance: number;
  /** Of the path; curvature is null where it has a corner. */
  readonly length: number;
  readonly curvature: number | null;
}

export interface ModelResult {
  readonly network: string;
  readonly model: number;
  /** Percent of the test split. */
  readonly accuracy: number;
  readonly loss: number;
}

const planeTypes = { panel: 'string', x: 'double', y: 'double', value: 'double' } as const;

/** The cells of the loss plane, beside the points of all curves in `results.parquet`. */
export const writePlane = (out: string, rows: readonly PlaneRow[]): Promise<void> =>
  writeParquet(join(out, 'plane.parquet'), rows as readonly PlaneRow[] as readonly (PlaneRow & ParquetRow)[], planeTypes);

export const readPlane = async (out: string): Promise<PlaneRow[]> =>
  (await readParquet(join(out, 'plane.parquet'))) as unknown as PlaneRow[];
