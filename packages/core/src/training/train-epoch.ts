import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { BasinlabError } from '@basinlab/tensor';
import { batchesOf, tasks } from '@basinlab/tensor/evaluation';
import type { Examples } from '@basinlab/tensor/evaluation';
import type { MetricRow, Tensors } from '../contracts/index.js';
import { compileDataOrder, epochKeys, keysOfModels } from './data-order.js';
import { compileEpoch } from './epoch-program.js';
import type { EpochDraws, Progress, SegmentBounds } from './epoch-program.js';
import type { ModelKeys } from './keys.js';
import type { PlacementChooser } from './placement.js';
import type { Group } from './population.js';
import { segmentPacer } from './segment-pacer.js';
import { emptyTally } from './training-step.js';
import type { StepDefinition, StepKeys, Tally } from './training-step.js';

/** The step that is compiled and the data it goes through. */
export interface EpochTrainerOptions extends StepDefinition {
  data: Examples;
  batch: number;
  stacked: boolean;
}

/** Some steps of the models of the groups that move together. */
export interface Segment {
  readonly models: readonly number[];
  /** Per model. */
  readonly steps: number;
  /** Mean of the epoch so far, over steps and models. */
  readonly loss: number;
}

/** A compiled epoch of training. */
export interface EpochTrainer {
  /**
   * Trains the models of some groups for one epoch (from 0), in place, as many groups at the same time as `devices` says before each segment, and
   * yields after every segment. `keys` are those of all models. Returns the rows of the epoch by group, or null where it stopped early because the
   * signal was aborted.
   */
  run(
    groups: readonly Group[],
    constants: Tensors,
    keys: readonly ModelKeys[],
    epoch: number,
    signal: AbortSignal,
    devices?: Pick<PlacementChooser, 'next' | 'took'>,
  ): AsyncGenerator<Segment, MetricRow[][] | null, undefined>;
  dispose(): void;
}

/** A group within an epoch. */
interface Moving {
  readonly group: Group;
  readonly drawn: EpochDraws;
  progress: Progress;
}

const oneDevice = { next: () => 1, took: () => undefined };

/** Compiles the epoch of a network over one split. */
export function createEpochTrainer({ data, batch, stacked, ...definition }: EpochTrainerOptions): EpochTrainer {
  const samples = data.inputs.shape[0]!;
  const decisions = samples * tasks[definition.task].decisionsPerRow(data.labels);
  const { steps } = batchesOf(samples, batch);
  const program = compileEpoch(definition, { batch, stacked });
  const drawOrder = compileDataOrder(samples, { batch, stacked });
  const pacer = segmentPacer();
  const drawEpoch = (keys: readonly ModelKeys[], epoch: number): EpochDraws => {
    const seeds = epochKeys(
      keys.map(({ order }) => order),
      epoch,
      stacked,
    );
    const order = drawOrder(seeds);
    seeds.dispose();
    const keysOf = (role: 'augment' | 'dropout'): StepKeys => ({
      [role]: keysOfModels(
        keys.map((own) => own[role]),
        stacked,
      ),
    });
    return {
      ...order,
      keys: {
        ...(definition.augment === undefined ? {} : keysOf('augment')),
        ...(definition.dropout === undefined ? {} : keysOf('dropout')),
      },
    };
  };

  /** Moves each group on, as many at the same time as there are devices for them. */
  const advance = (moving: readonly Moving[], constants: Tensors, bounds: SegmentBounds, devices: number): void => {
    for (let at = 0; at < moving.length; at += devices) {
      const now = moving.slice(at, at + devices);
      const moved = program.together(now.map(({ progress, drawn }) => [progress, constants, data, drawn, bounds]));
      now.forEach((each, i) => {
        each.progress = moved[i]!;
        each.group.progress = moved[i]!.model;
      });
    }
  };

  return {
    async *run(groups, constants, keys, epoch, signal, devices = oneDevice) {
      const moving = groups.map((group): Moving => {
        const own = group.models.map((model) => keys[model]!);
        return { group, drawn: drawEpoch(own, epoch), progress: { model: group.progress, tally: startTally(group) } };
      });
      const models = groups.flatMap((group) => group.models);
      const readTallies = () => Promise.all(moving.map(({ progress }) => readTally(progress.tally)));
      let totals = await readTallies();
      try {
        for (let from = 0; from < steps;) {
          if (signal.aborted) return null;
          const length = pacer.next(steps - from);
          const width = devices.next(groups.length);
          const started = performance.now();
          const bounds = int32Scalars({ epoch, first: epoch * steps, from, to: from + length });
          try {
            advance(moving, constants, bounds, width);
          } finally {
            tf.dispose(bounds);
          }
          totals = await readTallies();
          const seconds = (performance.now() - started) / 1000;
          pacer.took(length, seconds);
          devices.took({ devices: width, groups: groups.length, models: models.length, steps: length, seconds });
          totals.forEach(({ broken }, at) => demandFinite(broken, groups[at]!, epoch, epoch * steps));
          from += length;
          yield { models, steps: length, loss: mean(totals.flatMap(({ loss }) => loss)) / from };
        }
      } finally {
        tf.dispose(moving.map(({ drawn, progress }) => [drawn, progress.tally]) as tf.TensorContainer);
      }
      return groups.map((group, at) =>
        group.models.flatMap((model, i): MetricRow[] => {
          const labels = { model, epoch: epoch + 1, split: 'train' };
          return epochRows({ loss: totals[at]!.loss[i]! / steps, accuracy: totals[at]!.correct[i]! / decisions }, labels);
        }),
      );
    },
    dispose() {
      program.dispose();
      drawOrder.dispose();
    },
  };
}

/** Rows of one model and epoch; there is none for an accuracy that the task does not have. */
export function epochRows(values: { loss: number; accuracy: number }, labels: NonNullable<MetricRow['labels']>): MetricRow[] {
  return (['loss', 'accuracy'] as const).flatMap((name) =>
    name === 'accuracy' && Number.isNaN(values[name]) ? [] : [{ name, value: values[name], labels }],
  );
}

function startTally({ models, stacked }: Group): Tally {
  if (!stacked) return emptyTally();
  const count = [models.length];
  return { loss: tf.zeros(count), correct: tf.zeros(count), broken: tf.fill(count, -1) };
}

async function readTally({ loss, correct, broken }: Tally): Promise<Record<keyof Tally, number[]>> {
  const [losses, hits, breaks] = await Promise.all([loss.data(), correct.data(), broken.data()]);
  return { loss: Array.from(losses), correct: Array.from(hits), broken: Array.from(breaks) };
}

function demandFinite(broken: readonly number[], { models }: Group, epoch: number, first: number): void {
  const at = broken.findIndex((step) => step >= 0);
  if (at < 0) return;
  const where = `NaN or infinity at epoch ${epoch + 1}, step ${broken[at]! - first + 1} of model ${models[at]!}`;
  throw new BasinlabError('training', 'the loss must stay finite', where, {
    remedy: 'Use a smaller learning rate, or check the inputs.',
  });
}

const int32Scalars = <K extends string>(values: Record<K, number>): Record<K, Tensor> =>
  Object.fromEntries(Object.entries<number>(values).map(([name, value]) => [name, tf.scalar(value, 'int32')])) as Record<K, Tensor>;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
