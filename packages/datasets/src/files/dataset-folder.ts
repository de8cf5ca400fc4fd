import { cacheFolder } from '@basinlab/core/cache';
import type { CacheMachine } from '@basinlab/core/cache';
import { join } from 'node:path';

/** Where the files of a data set are kept once they are fetched: `datasets/<id>` of the cache folder. */
export const datasetFolder = (id: string, machine?: CacheMachine): string => join(cacheFolder(machine), 'datasets', id);
