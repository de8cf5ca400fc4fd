import type { Key } from '@basinlab/core';
import { demand, evenly } from '@basinlab/core';
import { rest } from '@basinlab/core/pipeline';
import { childKey, foldIn } from '@basinlab/core/random';
import { chainAt, type Chain } from '../curves/chain-curve.js';
import { determinantSign, frobenius } from '../linear-algebra/index.js';
import { connect } from './connect.js';
import { componentLabel, deepLinearLoss, sampleMinimum, wellConditioned, type LinearTask } from './minima.js';
import { connectWithSkip, skipLoss, skipMinimum, type SkipChain } from './skip.js';

/** How many minima are sampled and how paths between them are looked at. */
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

/** What walking paths between sampled minima found. */
export interface Exploration<P> {
  /** Components found, each with its first minimum, that one's label, and all its samples. */
  readonly components: readonly { readonly representative: P; readonly label: readonly (-1 | 1)[]; readonly members: readonly P[] }[];
  /** Paths walked. */
  readonly paths: number;
  /** Largest loss on any path, divided by ||Y||^2. */
  readonly largestLoss: number;
}

/**
 * Counts components by walking: every sampled minimum is joined to a representative of the components known so far, if one can be, by a path whose
 * loss is computed along the way; otherwise it begins a new one. What it finds is a lower bound that grows with the samples.
 */
export function exploreComponents(task: LinearTask, key: Key, options: ExploreOptions): Promise<Exploration<Chain>> {
  const { layers, samples = 16 * 2 ** (layers - 1), permute = false } = options;
  return explore(
    task,
    { ...options, samples },
    {
      sample: (index) => sampleMinimum(task, layers, foldIn(key, index)),
      label: componentLabel,
      connect(from, to) {
        const way = connect(from, to, { permute, points: 0 });
        return way.connected ? (t) => deepLinearLoss(task, chainAt(way.curve.at(t), from)) : null;
      },
    },
  );
}

/** The same for three layers with a residual connection around the first two; labels are the signs of det W_1 and det W_3. */
export function exploreSkipComponents(
  task: LinearTask,
  skip: number,
  key: Key,
  options: Omit<ExploreOptions, 'layers' | 'permute'> = {},
): Promise<Exploration<SkipChain>> {
  return explore(
    task,
    { samples: 64, ...options },
    {
      sample: (index) => {
        const [w1, w3] = ['first', 'last'].map((name) => wellConditioned(childKey(foldIn(key, index), name), task.x.rows));
        return skipMinimum(task, skip, w1!, w3!);
      },
      label: ([w1, , w3]) => [w1, w3].map((weight) => determinantSign(weight) as -1 | 1),
      connect(from, to) {
        const way = connectWithSkip(task, skip, from, to);
        return way.connected ? (t) => skipLoss(task, skip, way.at(t)) : null;
      },
    },
  );
}

interface Landscape<P> {
  sample(index: number): P;
  label(point: P): readonly (-1 | 1)[];
  /** The loss along a path between two points, or null where none is known. */
  connect(from: P, to: P): ((t: number) => number) | null;
}

async function explore<P>(
  task: LinearTask,
  options: Omit<ExploreOptions, 'layers'> & { samples: number },
  landscape: Landscape<P>,
): Promise<Exploration<P>> {
  const { samples, points = 9, signal, progress } = options;
  demand(samples > 0 && points > 1, 'exploreComponents', 'at least one sample and two points', [samples, points]);
  const components: { representative: P; label: readonly (-1 | 1)[]; members: P[] }[] = [];
  const times = evenly(points);
  let paths = 0;
  let largest = 0;
  for (let index = 0; index < samples; index++) {
    // Walking is pure computation: without a rest nobody could stop it.
    await rest();
    signal?.throwIfAborted();
    const minimum = landscape.sample(index);
    const home = components.find((component) => {
      const lossAt = landscape.connect(minimum, component.representative);
      if (lossAt === null) return false;
      for (const t of times) largest = Math.max(largest, lossAt(t));
      paths++;
      return true;
    });
    if (home === undefined) components.push({ representative: minimum, label: landscape.label(minimum), members: [minimum] });
    else home.members.push(minimum);
    progress?.(index + 1, samples);
  }
  return { components, paths, largestLoss: largest / frobenius(task.y) ** 2 };
}
