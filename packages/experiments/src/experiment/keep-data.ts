import type { LoadedDataset } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { loadData } from './plan.js';
import type { Experiment } from './schema.js';

/** Data of one experiment after another. */
export interface DataKeeper {
  /** Of the last experiment they stay on the device until another asks for others: the caller disposes nothing. */
  of(experiment: Pick<Experiment, 'dataset'>): Promise<LoadedDataset>;
  dispose(): void;
}

/** Keeps the data of the last experiment: most sweeps and figures have one data set. */
export function keepData(registry: Registry): DataKeeper {
  let kept: { key: string; data: LoadedDataset } | undefined;
  return {
    async of({ dataset }) {
      const key = JSON.stringify(dataset);
      if (kept?.key === key) return kept.data;
      kept?.data.dispose();
      kept = undefined;
      kept = { key, data: await loadData({ dataset }, registry) };
      return kept.data;
    },
    dispose: () => kept?.data.dispose(),
  };
}
