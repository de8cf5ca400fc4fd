import type { Key } from '@basinlab/core';
import { demand } from '@basinlab/core';
import { foldIn } from '@basinlab/core/random';
import { chainAt, type Chain } from '../curves/chain-curve.js';
import { frobenius } from '../linear-algebra/index.js';
import { connect } from './connect.js';
import { componentLabel, deepLinearLoss, sampleMinimum, type LinearTask } from './minima.js';

export interface ExploreOptions {
  readonly layers: number;
  /** Minima to sample. Default 16 per component that theory expects. */
  readonly samples?: number;
  /** Points on every path at which the loss is computed. Default 9. */
  readonly points?: number;
  /** Whether units may be permuted on the way. Default false. */
  readonly permute?: boolean;
  readonly signal?: AbortSignal;
  /** Called after every sample. */
  progress?(done: number, total: number): void;
}

export interface Exploration {
  /** Components found, each with one of its minima, its label and how many samples lie in it. */
  readonly components: readonly { readonly representative: Chain; readonly label: readonly (-1 | 1)[]; readonly samples: number }[];
  readonly paths: number;
  /** Largest loss on any path, divided by ||Y||^2. */
  readonly largestLoss: number;
}

/**
 * Counts components by walking: every sampled minimum is joined to a representative of the components known so far, if one can be, by a path whose
 * loss is computed along the way; otherwise it begins a new one. What it finds is a lower bound that grows with the samples.
 */
export function exploreComponents(task: LinearTask, key: Key, options: ExploreOptions): Exploration {
  const { layers, samples = 16 * 2 ** (layers - 1), points = 9, permute = false, signal, progress } = options;
  demand(samples > 0 && points > 1, 'exploreComponents', 'at least one sample and two points', [samples, points]);
  const components: { representative: Chain; label: readonly (-1 | 1)[]; samples: number }[] = [];
  let paths = 0;
  let largest = 0;
  for (let sample = 0; sample < samples; sample++) {
    signal?.throwIfAborted();
    const minimum = sampleMinimum(task, layers, foldIn(key, sample));
    const home = components.find((component) => {
      const way = connect(minimum, component.representative, { permute });
      if (!way.connected) return false;
      for (let i = 0; i < points; i++) largest = Math.max(largest, deepLinearLoss(task, chainAt(way.curve.at(i / (points - 1)), minimum)));
      paths++;
      return true;
    });
    if (home === undefined) components.push({ representative: minimum, label: componentLabel(minimum), samples: 1 });
    else home.samples++;
    progress?.(sample + 1, samples);
  }
  return { components, paths, largestLoss: largest / frobenius(task.y) ** 2 };
}
