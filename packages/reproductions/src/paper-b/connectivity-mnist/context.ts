import type { LoadedDataset } from '@basinlab/core';
import type { ComputationContext } from '../../shared/contract.js';
import type { ConnectivityMnistConfig } from './config.js';

/** What every part of the measurement needs. */
export interface MeasureContext extends Pick<ComputationContext, 'signal' | 'engine' | 'emit'> {
  readonly config: ConnectivityMnistConfig;
  readonly data: LoadedDataset;
  /** Tells that a part is done. */
  step(stage: string): void;
}
