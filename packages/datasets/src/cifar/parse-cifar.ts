/**
 * The binary format of CIFAR: records of one label byte (CIFAR-10) or two (CIFAR-100: coarse, then fine) and 3,072 levels, the 32 x 32 red
 * ones row by row, then the green, then the blue. There is no header: only sizes and labels tell a file from another.
 */
import { demand } from '@basinlab/core';
import { requireClasses } from '../images/labelled-images.js';
import type { LabelledImages } from '../images/labelled-images.js';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const CHANNELS = 3;
const IMAGE = PLANE * CHANNELS;

/** Which labels a record holds and which one to read: number of classes of each, in order. */
export interface CifarLabels {
  readonly classes: readonly number[];
  readonly read: number;
}

/** Reads a file of records; pixels come with their channels together, [count, 32, 32, 3]. `id` names the file in errors. */
export function parseCifar(bytes: Uint8Array, { classes, read }: CifarLabels, id = 'cifar'): LabelledImages {
  const head = classes.length;
  const record = head + IMAGE;
  const count = Math.floor(bytes.length / record);
  const remedy = 'The file is truncated or of another kind: fetch it again';
  demand(count > 0 && bytes.length % record === 0, id, `a whole number of records of ${record} bytes`, `${bytes.length} bytes`, remedy);
  const images = new Uint8Array(count * IMAGE);
  const labels = classes.map(() => new Uint8Array(count));
  for (let i = 0; i < count; i++) {
    const start = i * record;
    labels.forEach((column, at) => (column[i] = bytes[start + at]!));
    const levels = bytes.subarray(start + head, start + record);
    const image = images.subarray(i * IMAGE, (i + 1) * IMAGE);
    for (let pixel = 0, to = 0; pixel < PLANE; pixel++) {
      image[to++] = levels[pixel]!;
      image[to++] = levels[pixel + PLANE]!;
      image[to++] = levels[pixel + 2 * PLANE]!;
    }
  }
  labels.forEach((column, at) => requireClasses(id, column, classes[at]!));
  return { count, shape: [SIDE, SIDE, CHANNELS], images, labels: labels[read]! };
}

/** The images of several files as one set. */
export function joinImages(parts: readonly LabelledImages[]): LabelledImages {
  const first = parts[0]!;
  if (parts.length === 1) return first;
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const images = new Uint8Array(parts.reduce((sum, part) => sum + part.images.length, 0));
  const labels = new Uint8Array(count);
  let at = 0;
  for (const part of parts) {
    images.set(part.images, (at * part.images.length) / part.count);
    labels.set(part.labels, at);
    at += part.count;
  }
  return { ...first, count, images, labels };
}
