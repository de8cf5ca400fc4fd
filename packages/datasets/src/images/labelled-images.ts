import { demand } from '@basinlab/core';
import type { IdxArray } from '../idx/parse-idx.js';

/** Images as published, with one class each. */
export interface LabelledImages {
  readonly count: number;
  /** Height, width, channels. */
  readonly shape: readonly [number, number, number];
  /** Levels [count, height, width, channels]. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** Images and labels of two IDX files; `set` names them in errors. */
export function pairedIdx(set: string, images: IdxArray, labels: IdxArray, classes: number): LabelledImages {
  demand(images.shape.length === 3, set, 'images of shape [count, rows, columns]', images.shape);
  demand(labels.shape.length === 1 && labels.shape[0] === images.shape[0], set, `${images.shape[0]} labels`, labels.shape);
  requireClasses(set, labels.data, classes);
  const [count, height, width] = images.shape as [number, number, number];
  return { count, shape: [height, width, 1], images: images.data, labels: labels.data };
}

/** Refuses labels from `classes` on. */
export function requireClasses(set: string, labels: Uint8Array, classes: number): void {
  const largest = labels.reduce((max, label) => Math.max(max, label), 0);
  demand(largest < classes, set, `labels from 0 to ${classes - 1}`, largest);
}
