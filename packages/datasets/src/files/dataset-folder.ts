import { dataFolder } from '@basinlab/core/cache';
import type { CacheMachine } from '@basinlab/core/cache';
import { join } from 'node:path';

/** Where the files of a data set are kept once they are fetched: a folder of its id in the folder of data sets. */
export const datasetFolder = (id: string, machine?: CacheMachine): string => join(dataFolder(machine), id);
