import { demand, elementSize, type SymmetryTransform, type Variables } from '@basinlab/core';
import { composeTransforms, distanceToIdentity } from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';
import { alignPair, type AlignPairOptions } from './align-pair.js';
import { moved } from './alignment.js';

/** Two models at one epoch of their trainings. */
export interface PairAtEpoch {
  readonly epoch: number;
  /** Loads both, as variables of `AlignAlongOptions.network`; `dispose` releases them. */
  load(): Promise<{ readonly a: Variables; readonly b: Variables; dispose(): void }>;
}

/** Checkpoints of two trainings, and everything else that aligns a pair. */
export interface AlignAlongOptions extends Omit<AlignPairOptions, 'a' | 'b' | 'progress'> {
  /** In the order of the training. */
  readonly along: readonly PairAtEpoch[];
  /** Tells how far it is, in hops. */
  progress?(done: number, total: number): void;
}

/** One hop of the way: from one checkpoint of a model to the next one, or from one model to the other. */
export interface Hop {
  readonly from: { readonly model: 'a' | 'b'; readonly epoch: number };
  readonly to: { readonly model: 'a' | 'b'; readonly epoch: number };
  /** Distance of what it found to nothing: root mean square over groups of the Frobenius distance per root of twice the units. */
  readonly distance: number;
}

/** The second model of the last epoch moved onto the first. */
export interface AlignedAlong {
  readonly aligned: Variables;
  readonly transform: SymmetryTransform;
  readonly hops: readonly Hop[];
}

/**
 * Aligns two trainings by composing local alignments of their checkpoints: B back along its own training to the first checkpoint, there over to A, and on along A's
 * training. Each hop is between models that are close, where the ends may be too far apart to tell which unit is which. After arXiv 2606.31963.
 * @returns tensors that the caller disposes; what can be aligned has no constants
 */
export async function alignAlong({ along, progress, ...options }: AlignAlongOptions): Promise<AlignedAlong> {
  demand(along.length > 0, 'align', 'at least one checkpoint of both', along.length);
  const places = [
    ...along.map((_, at) => ({ model: 'b' as const, at: along.length - 1 - at })),
    ...along.map((_, at) => ({ model: 'a' as const, at })),
  ];
  let transform: SymmetryTransform = {};
  const hops: Hop[] = [];
  for (let hop = 0; hop + 1 < places.length; hop++) {
    options.signal.throwIfAborted();
    const [from, to] = [places[hop]!, places[hop + 1]!];
    const loaded = [await along[from.at]!.load(), await along[to.at]!.load()] as const;
    try {
      const found = await alignPair({ ...options, a: loaded[1][to.model], b: loaded[0][from.model] });
      tf.dispose([found.aligned.params, found.aligned.state]);
      transform = composeTransforms(transform, found.transform);
      const place = ({ model, at }: typeof from): Hop['from'] => ({ model, epoch: along[at]!.epoch });
      hops.push({ from: place(from), to: place(to), distance: sizeOf(found.transform) });
      progress?.(hop + 1, places.length - 1);
    } finally {
      loaded.forEach(({ dispose }) => dispose());
    }
  }
  const { b, dispose } = await along.at(-1)!.load();
  try {
    return { aligned: moved(options.network, b, transform), transform, hops };
  } finally {
    dispose();
  }
}

function sizeOf(transform: SymmetryTransform): number {
  const elements = Object.values(transform);
  const squares = elements.map((element) => distanceToIdentity(element) ** 2 / (2 * elementSize(element)));
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / Math.max(1, elements.length));
}
