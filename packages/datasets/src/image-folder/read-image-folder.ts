import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { BasinlabError, demand } from '@basinlab/core';
import { idxBytes } from '../idx/idx-bytes.js';
import { parseIdx } from '../idx/parse-idx.js';
import type { LabelledImages } from '../images/labelled-images.js';
import { decodeImage, IMAGE_ENDINGS } from './decode-image.js';

/** Classes, from the names of folders in order, and the images of one part. */
export interface FolderPart {
  readonly classes: readonly string[];
  readonly images: LabelledImages;
}

/** Labels are bytes. */
const MOST_CLASSES = 256;

/**
 * Reads the images of a part: `<folder>/<class>/<image>.png|.jpg|.jpeg`, torchvision's layout; classes are numbered in the order of their names. All images must
 * have one size. What was decoded is kept in `cache` as one file, for as long as names, sizes and times of the images stay.
 * @throws BasinlabError that names the folder or the file where there is no class or image, one cannot be decoded, or sizes are mixed
 */
export async function readImageFolder(folder: string, cache: string): Promise<FolderPart> {
  const files = await imagesOf(folder);
  const classes = [...files.keys()];
  const list = classes.flatMap((name, label) => files.get(name)!.map((file) => ({ file, label })));
  const kept = join(
    cache,
    `${await fingerprint(
      folder,
      list.map(({ file }) => file),
    )}.idx`,
  );
  const known = await readKept(kept, list.length);
  const labels = Uint8Array.from(list, ({ label }) => label);
  if (known !== null) return { classes, images: { ...known, labels } };
  const first = decodeImage(list[0]!.file, await readFile(list[0]!.file));
  const { height, width } = first;
  const images = new Uint8Array(list.length * first.levels.length);
  for (const [at, { file }] of list.entries()) {
    const image = at === 0 ? first : decodeImage(file, await readFile(file));
    demand(
      image.height === height && image.width === width,
      file,
      `an image of ${height} x ${width} pixels, as ${relative(folder, list[0]!.file)} has`,
      `${image.height} x ${image.width}`,
      'Bring all images to one size first.',
    );
    images.set(image.levels, at * first.levels.length);
  }
  const shape = [list.length, height, width, 3];
  await mkdir(cache, { recursive: true });
  // Only keeping needs the run store: what is kept loads without it.
  const { atomicWrite } = await import('@basinlab/core/store');
  await atomicWrite(kept, idxBytes(shape, images));
  return { classes, images: { count: list.length, shape: [height, width, 3], images, labels } };
}

async function imagesOf(folder: string): Promise<Map<string, readonly string[]>> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new BasinlabError(folder, 'a folder with a folder for each class', cause.code ?? cause.message, { cause });
  });
  const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  demand(names.length >= 2, folder, 'a folder for each of at least two classes', names.length === 0 ? 'none' : names.join(', '));
  demand(names.length <= MOST_CLASSES, folder, `at most ${MOST_CLASSES} classes`, names.length);
  const files = new Map<string, readonly string[]>();
  for (const name of names) {
    const inside = (await readdir(join(folder, name))).sort();
    const images = inside.filter((file) => (IMAGE_ENDINGS as readonly string[]).includes(extname(file).toLowerCase()));
    demand(images.length > 0, join(folder, name), `images ending in ${IMAGE_ENDINGS.join(', ')}`, inside.length === 0 ? 'none' : inside[0]);
    files.set(
      name,
      images.map((file) => join(folder, name, file)),
    );
  }
  return files;
}

/** Of what the images are called, how large they are and when they were written. */
async function fingerprint(folder: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = await stat(file);
    hash.update(`${relative(folder, file)}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 24);
}

/** The kept images, if there are any that are whole. */
async function readKept(file: string, count: number): Promise<Omit<LabelledImages, 'labels'> | null> {
  if (!existsSync(file)) return null;
  try {
    const { shape, data } = parseIdx(await readFile(file), file);
    const [rows, height, width, channels] = shape as [number, number, number, number];
    return rows === count && channels === 3 ? { count, shape: [height, width, channels], images: data } : null;
  } catch {
    return null;
  }
}
