import { BasinlabError } from '@basinlab/core';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { requireChecksum } from '../files/checksum.js';
import type { KnownFile } from '../files/known-file.js';
import { hasFile, readKnownFile } from '../files/read-known-file.js';
import type { ReadKnownFileOptions } from '../files/read-known-file.js';
import { readTar } from '../files/read-tar.js';
import type { LabelledImages } from '../images/labelled-images.js';
import type { CifarFiles } from './files.js';
import { joinImages, parseCifar } from './parse-cifar.js';
import type { CifarLabels } from './parse-cifar.js';

/** Where the files of a set are: unpacked in a folder, or in the archive. */
export type CifarPlace = { readonly folder: string } | { readonly archive: string };

/**
 * Finds a set below `path`: the archive itself, a folder with the archive, a folder with the unpacked files, or the folder around that one.
 * @returns null where there is none
 */
export async function findCifar(path: string, { archive, folder, test }: CifarFiles): Promise<CifarPlace | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return null;
  if (found.isFile()) return { archive: path };
  for (const place of [path, join(path, folder)]) if (await hasFile(place, test)) return { folder: place };
  const packed = join(path, archive.name);
  return (await stat(packed).catch(() => null)) === null ? null : { archive: packed };
}

/** Reads the training and the test images of a set below `path`. */
export async function readCifar(
  path: string,
  files: CifarFiles,
  labels: CifarLabels,
  options: ReadKnownFileOptions,
): Promise<{ training: LabelledImages; testing: LabelledImages }> {
  const place = await findCifar(path, files);
  if (place === null) {
    const { set, remedy } = options;
    throw new BasinlabError(set, `${files.archive.name}, or its unpacked files`, `none at ${path}`, { remedy });
  }
  const parse = (name: string, content: Uint8Array) => parseCifar(content, labels, `${options.set}/${name}`);
  if ('folder' in place) {
    const read = async (file: KnownFile) => parse(file.name, await readKnownFile(place.folder, file, options));
    const training: LabelledImages[] = [];
    for (const file of files.train) training.push(await read(file));
    return { training: joinImages(training), testing: await read(files.test) };
  }
  const content = await readArchive(place.archive, files, options);
  return {
    training: joinImages(files.train.map(({ name }) => parse(name, content.get(name)!))),
    testing: parse(files.test.name, content.get(files.test.name)!),
  };
}

/** The files of a set out of its archive, by name. */
async function readArchive(
  path: string,
  { archive, train, test }: CifarFiles,
  options: ReadKnownFileOptions,
): Promise<Map<string, Uint8Array>> {
  const id = `${options.set}/${archive.name}`;
  const bytes = await readFile(path).catch((cause: Error) => {
    throw new BasinlabError(id, 'the file must be readable', cause.message, { remedy: options.remedy, cause });
  });
  if (options.verify) requireChecksum(id, 'md5', bytes, archive.md5);
  const members = [...train, test];
  // Beside them an archive holds a page of text and the names of the classes.
  const most = options.verify ? members.reduce((sum, { bytes: size = 0 }) => sum + size, 2 ** 20) : undefined;
  return readTar(
    bytes,
    members.map(({ name }) => name),
    id,
    most,
  );
}
