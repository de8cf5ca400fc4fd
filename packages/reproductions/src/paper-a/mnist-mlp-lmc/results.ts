import { join } from 'node:path';
import type { ParquetRow } from '@basinlab/core/store';
import { readParquet, writeParquet } from '@basinlab/core/store';
import type { SummaryRow } from '../../shared/contract.js';

/** Which population: what every row of a result begins with. */
export interface PopulationId {
  readonly network: string;
  readonly fixedScale: number | null;
}

/** One point of a measured path. Accuracy in percent, loss in nats, `lambda` in [0, 1] from the pair's first model to its second. */
export interface PathPoint extends PopulationId {
  readonly alignment: string;
  /** The pair's models, counted from 1: `1-2`. */
  readonly pair: string;
  readonly split: string;
  readonly lambda: number;
  readonly accuracy: number;
  readonly loss: number;
}

/** One epoch of one model's training; accuracy in percent. */
export interface TrainingPoint extends PopulationId {
  readonly model: number;
  readonly epoch: number;
  readonly split: string;
  readonly accuracy: number;
  readonly loss: number;
}

/** A barrier averaged over pairs. */
export interface BarrierSummaryRow extends SummaryRow, PopulationId {
  readonly of: 'accuracy' | 'loss';
  readonly split: string;
  readonly alignment: string;
  readonly pairs: number;
}

/** The barriers of one pair on one split, in the units of the summary. */
export interface PairBarrier extends PopulationId {
  readonly alignment: string;
  readonly pair: string;
  readonly split: string;
  readonly accuracy: number;
  readonly loss: number;
}

/** A trained model on the test split; accuracy in percent. */
export interface ModelResult extends PopulationId {
  readonly model: number;
  readonly accuracy: number;
  readonly loss: number;
}

/** `w, fixed scale 1`. */
export const labelOf = ({ network, fixedScale }: PopulationId): string =>
  fixedScale === null ? network : `${network}, fixed scale ${fixedScale}`;

const pathTypes = {
  network: 'string',
  fixedScale: 'double',
  alignment: 'string',
  pair: 'string',
  split: 'string',
  lambda: 'double',
  accuracy: 'double',
  loss: 'double',
} as const;
const trainingTypes = {
  network: 'string',
  fixedScale: 'double',
  model: 'int32',
  epoch: 'int32',
  split: 'string',
  accuracy: 'double',
  loss: 'double',
} as const;

const files = { paths: 'results.parquet', training: 'training.parquet' } as const;

/** Writes `results.parquet` (every point of every path) and `training.parquet` (curves). */
export async function writeResults(out: string, paths: readonly PathPoint[], training: readonly TrainingPoint[]): Promise<void> {
  await writeParquet(join(out, files.paths), paths as readonly (PathPoint & ParquetRow)[], pathTypes);
  await writeParquet(join(out, files.training), training as readonly (TrainingPoint & ParquetRow)[], trainingTypes);
}

/** Reads them back. */
export async function readResults(out: string): Promise<{ paths: PathPoint[]; training: TrainingPoint[] }> {
  const [paths, training] = await Promise.all([readParquet(join(out, files.paths)), readParquet(join(out, files.training))]);
  return { paths: paths as unknown as PathPoint[], training: training as unknown as TrainingPoint[] };
}
