import type { Dataset } from '@basinlab/core';
import { DATASET_SOURCES } from './sources.js';

/** A data set, whether it can be used now, and what fetching it means. */
export interface DatasetListing {
  readonly id: string;
  readonly summary: string;
  readonly available: boolean;
  /** Where its files are, or what to do to get them. */
  readonly where: string;
  /** Whether `fetchDataset` knows where to get it. */
  readonly fetchable: boolean;
  /** Bytes to download, as far as they are known; null where nothing is, or where nobody says. */
  readonly bytes: number | null;
  /** Terms of its publisher; null for what is made in memory. */
  readonly licence: string | null;
  readonly homepage: string | null;
}

/** Sets that come with an npm package. */
const PACKAGED: Readonly<Record<string, { licence: string; homepage: string }>> = {
  mnist: { licence: 'CC BY-SA 3.0', homepage: 'https://yann.lecun.com/exdb/mnist/' },
  'mnist-rotated': { licence: 'CC BY-SA 3.0', homepage: 'https://yann.lecun.com/exdb/mnist/' },
};

/** Availability, size and licence of data sets, in the order given. */
export async function listDatasets(datasets: readonly Pick<Dataset, 'id' | 'summary' | 'status'>[]): Promise<DatasetListing[]> {
  return Promise.all(
    datasets.map(async (dataset) => {
      const source = DATASET_SOURCES[dataset.id];
      const sizes = source?.files.map(({ bytes }) => bytes) ?? [];
      const known = sizes.every((bytes) => bytes !== undefined) ? sizes.reduce((sum, bytes) => sum + bytes, 0) : 0;
      const { licence, homepage } = source ?? PACKAGED[dataset.id] ?? { licence: null, homepage: null };
      return {
        id: dataset.id,
        summary: dataset.summary,
        ...(await dataset.status()),
        fetchable: source !== undefined,
        bytes: known > 0 ? known : null,
        licence,
        homepage,
      };
    }),
  );
}
