import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadedDataset, RunEvent, Split } from '@basinlab/core';
import { drain } from '@basinlab/core/pipeline';
import { executionFor } from '@basinlab/core/training';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import {
  consecutivePairs,
  fitToData,
  inForm,
  loadData,
  measureRun,
  planOf,
  strategyOf,
  trainRun,
  type Experiment,
  type SplitName,
} from '@basinlab/experiments';
import * as tf from '@tensorflow/tfjs-core';
import { from } from 'rxjs';
import type { PlannedPopulation } from './populations.js';
import { planReproduction, type ReproduceOptions } from './reproduce.js';
import { isFinished, tablePlaces } from './table-places.js';
import type { PlannedMeasurements } from './tables.js';

/** What one part of a reproduction is expected to take on this machine. */
export interface EstimatedPart {
  readonly part: string;
  readonly seconds: number;
}

/** What is estimated: a call of `reproduce`. */
export type EstimateOptions = Omit<ReproduceOptions, 'emit'>;

/** Training is watched for so long once it runs, in milliseconds. */
const watch = 2_500;

/** Measurements are tried on as many samples of the largest split. */
const trialSamples = 4_000;

/**
 * Estimates what a reproduction takes by a short trial on this machine: a few seconds of each population's training, and its measurements on two untrained
 * models and a part of the data, scaled to all; a computation at scale smoke, scaled by its own measure of work. What the store holds already is free.
 */
export async function estimate(options: EstimateOptions): Promise<readonly EstimatedPart[]> {
  const { reproduction, store, out } = options;
  if (reproduction.compute !== undefined) return [await estimateComputation(options)];
  const planned = planReproduction(options);
  const parts: EstimatedPart[] = [];
  const timed = new Map<string, { perStep: number; measure: number }>();
  for (const population of planned.populations) {
    const { experiment, labels, name } = population;
    const places = tablePlaces(join(out, 'tables'), population, planned);
    if (isFinished(places)) continue;
    const finished = existsSync(
      join(
        store ?? join(out, 'populations'),
        name,
        'checkpoints',
        `epoch-${String(experiment.training.epochs).padStart(6, '0')}.safetensors`,
      ),
    );
    const own = places.measured.map((place) => place.planned);
    // Networks of one shape on one data set take alike.
    const kind = JSON.stringify([experiment.dataset, experiment.architecture, experiment.breaking.id, experiment.training.batchSize]);
    const rate = timed.get(kind) ?? (await trial(population, own, options));
    timed.set(kind, rate);
    const about = Object.values(labels)
      .filter((value) => value !== null)
      .join(' ');
    const { models, epochs } = experiment.training;
    parts.push(
      { part: `train ${about}`, seconds: finished ? 0 : rate.perStep * models * epochs },
      { part: `measure ${about}`, seconds: rate.measure },
    );
  }
  return parts;
}

/** Seconds that one model's epoch takes, and seconds of all measurements. */
async function trial(
  { experiment }: PlannedPopulation,
  plans: readonly PlannedMeasurements[],
  options: EstimateOptions,
): Promise<{ perStep: number; measure: number }> {
  const { registry, engine, signal } = options;
  const unfitted: Experiment = { ...experiment, training: { ...experiment.training, models: 2, keepCheckpoints: [0] } };
  const folder = await mkdtemp(join(tmpdir(), 'basinlab-estimate-'));
  const directory = join(folder, 'run');
  const data = await loadData(unfitted, registry);
  try {
    const small = fitToData(unfitted, registry, data);
    const perStep = await epochSeconds({ directory, experiment: small, plan: planOf(small, registry, data), engine, signal });
    let measure = 0;
    for (const { plan, requests } of plans) {
      const trained = { directory, experiment: small, registry };
      const run = plan.form === undefined ? trained : inForm(trained, plan.form);
      const secondsOn = async (share: number): Promise<number> => {
        const part = shareOf(data, share);
        const began = performance.now();
        try {
          const measured = measureRun({
            ...{ run, requests: requests.filter(({ measurement }) => measurement.of !== 'trajectory'), epochs: [0] },
            ...{ data: part, samples: Math.ceil((plan.samples ?? 5000) * share) },
            splits: (plan.splits ?? ['test']) as readonly SplitName[],
            alignments: (plan.alignments ?? ['none']).map((request) => strategyOf(request, registry)),
            execution: executionFor(engine.platform),
          });
          await drain(measured, { signal });
          return (performance.now() - began) / 1000;
        } finally {
          if (part !== data) part.dispose();
        }
      };
      const pairs = Math.max(1, consecutivePairs(experiment.training.models).length);
      const largest = Math.max(...[data.train, data.validation, data.test].map(({ labels }) => labels.shape[0]!));
      measure += (await extrapolated(secondsOn, Math.min(1, trialSamples / largest))) * pairs * Math.max(1, plan.epochs?.length ?? 1);
    }
    return { perStep, measure };
  } finally {
    data.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Seconds on all of the data, from those on a share of it and on half of that; compiling, which takes part in both, is not multiplied. */
async function extrapolated(secondsOn: (share: number) => Promise<number>, share: number): Promise<number> {
  if (share === 1) return secondsOn(1);
  const [half, whole] = [await secondsOn(share / 2), await secondsOn(share)];
  return whole + (Math.max(0, whole - half) / (share / 2)) * (1 - share);
}

/** The first samples of every split, as many as the share says. */
function shareOf(data: LoadedDataset, share: number): LoadedDataset {
  if (share === 1) return data;
  const first = (tensor: tf.Tensor, rows: number): tf.Tensor => tf.slice(tensor, 0, rows);
  const part = ({ inputs, labels, nodes }: Split): Split => {
    const rows = Math.ceil(labels.shape[0]! * share);
    return {
      inputs: first(inputs, Math.min(rows, inputs.shape[0]!)),
      labels: first(labels, rows),
      ...(nodes && { nodes: first(nodes, rows) }),
    };
  };
  const splits = { train: part(data.train), validation: part(data.validation), test: part(data.test) };
  return { ...data, ...splits, dispose: () => tf.dispose(splits as unknown as tf.TensorContainer) };
}

/** Trains until the pace is known and stops. */
async function epochSeconds(
  options: Pick<Parameters<typeof trainRun>[0], 'directory' | 'experiment' | 'plan' | 'engine' | 'signal'>,
): Promise<number> {
  const stop = new AbortController();
  const seen: { time: number; done: number; total: number }[] = [];
  const emit = (event: RunEvent): void => {
    if (event.kind !== 'progress' || event.unit !== 'steps') return;
    seen.push({ time: performance.now(), done: event.done, total: event.total });
    if (seen.length > 2 && performance.now() - seen[0]!.time > watch) stop.abort(new Error('the pace is known'));
  };
  const began = performance.now();
  const { models, epochs } = options.experiment.training;
  try {
    const trained = await trainRun({ ...options, signal: AbortSignal.any([options.signal, stop.signal]), emit });
    tf.dispose(trained as unknown as tf.TensorContainer);
  } catch (error) {
    if (!stop.signal.aborted || options.signal.aborted) throw error;
  }
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined || last.done === first.done) return (performance.now() - began) / 1000 / (models * epochs);
  return (((last.time - first.time) / 1000 / (last.done - first.done)) * last.total) / (models * epochs);
}

async function estimateComputation({ reproduction, scale, set, engine, registry, signal }: EstimateOptions): Promise<EstimatedPart> {
  const settingsAt = (at: typeof scale, overrides: readonly string[]): unknown =>
    planReproduction({ reproduction, scale: at, set: overrides, registry }).settings;
  const [trialSettings, wanted] = [settingsAt('smoke', []), settingsAt(scale, set)];
  const context = { key: childKey(keyFromSeed(1), reproduction.id), engine, signal, progress: () => undefined };
  const began = performance.now();
  await drain(from(reproduction.compute!(trialSettings, context)), { signal });
  const factor = reproduction.work === undefined ? 1 : reproduction.work(wanted) / reproduction.work(trialSettings);
  return { part: 'compute', seconds: ((performance.now() - began) / 1000) * factor };
}
