import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { BasinlabError } from '@basinlab/tensor';
import { batchesOf, tasks } from '@basinlab/tensor/evaluation';
import type { Examples } from '@basinlab/tensor/evaluation';
import type { MetricRow, Tensors } from '../contracts/index.js';
import { compileDataOrder, epochKeys, keysOfModels } from './data-order.js';
import { compileEpoch } from './epoch-program.js';
import type { EpochDraws, Progress } from './epoch-program.js';
import type { ModelKeys } from './keys.js';
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

/** Some steps of the models of one group. */
export interface Segment {
  /** Per model. */
  readonly steps: number;
  /** Mean of the epoch so far, over steps and models. */
  readonly loss: number;
}

/** A compiled epoch of training. */
export interface EpochTrainer {
  /**
   * Trains the models of a group for one epoch (from 0), in place, and yields after every segment. Returns the rows of the epoch, or null where it
   * stopped early because the signal was aborted.
   */
  run(
    group: Group,
    constants: Tensors,
    keys: readonly ModelKeys[],
    epoch: number,
    signal: AbortSignal,
  ): AsyncGenerator<Segment, MetricRow[] | null, undefined>;
  dispose(): void;
}

/** Compiles the epoch of a network over one split; `keys` of its runs are those of the group's models. */
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

  return {
    async *run(group, constants, keys, epoch, signal) {
      const drawn = drawEpoch(keys, epoch);
      let progress: Progress = { model: group.progress, tally: startTally(group) };
      let totals = await readTally(progress.tally);
      try {
        for (let from = 0; from < steps;) {
          if (signal.aborted) return null;
          const length = pacer.next(steps - from);
          const started = performance.now();
          const bounds = int32Scalars({ epoch, first: epoch * steps, from, to: from + length });
          try {
            progress = program(progress, constants, data, drawn, bounds);
          } finally {
            tf.dispose(bounds);
          }
          group.progress = progress.model;
          totals = await readTally(progress.tally);
          pacer.took(length, (performance.now() - started) / 1000);
          demandFinite(totals.broken, group, epoch, epoch * steps);
          from += length;
          yield { steps: length, loss: mean(totals.loss) / from };
        }
      } finally {
        tf.dispose([drawn, progress.tally] as tf.TensorContainer);
      }
      return group.models.flatMap((model, at): MetricRow[] => {
        const labels = { model, epoch: epoch + 1, split: 'train' };
        return epochRows({ loss: totals.loss[at]! / steps, accuracy: totals.correct[at]! / decisions }, labels);
      });
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
