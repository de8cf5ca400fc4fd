import { BasinlabError, demand } from '@basinlab/tensor';
import type { MetricRow } from '../contracts/index.js';
import type { Checkpoint } from '../store/checkpoint.js';

// The models of a population move together and share one clock: training ends once none of them has got better for `patience` epochs. A model
// that ran out of patience earlier goes on until then; nothing is restored, its best epoch is in the rows `best-epoch`.

/** When training without progress ends. */
export interface EarlyStoppingOptions {
  /** Epochs without a better value that a model may go through. */
  patience: number;
  /** What better means: by more than this, at least 0. Default 0. */
  minDelta?: number | undefined;
  /** Of the validation split. Default `loss`. */
  monitor?: 'loss' | 'accuracy' | undefined;
  /** Whether lower or higher is better. Default: lower for the loss, higher for the accuracy. */
  mode?: 'min' | 'max' | undefined;
}

/** The best epoch of every model so far, and whether training is over. */
export interface EarlyStopping {
  /** Takes the rows of one epoch (from 1) of all models, and gives a row `best-epoch` per model. */
  observe(epoch: number, rows: readonly MetricRow[]): MetricRow[];
  /** Whether every model has been without a better value for `patience` epochs. */
  isOver(epoch: number): boolean;
  /** What a checkpoint holds of it. */
  counters(): Checkpoint['counters'];
}

/** Watches the validation rows of a population, from the start or on from a checkpoint's counters. Throws where options or counters are wrong. */
export function earlyStopping(
  { patience, minDelta = 0, monitor = 'loss', mode = monitor === 'loss' ? 'min' : 'max' }: EarlyStoppingOptions,
  models: number,
  from?: Checkpoint['counters'],
): EarlyStopping {
  demand(Number.isInteger(patience) && patience > 0, 'earlyStopping', 'patience must be a whole number of epochs above 0', patience);
  demand(Number.isFinite(minDelta) && minDelta >= 0, 'earlyStopping', 'minDelta must be at least 0', minDelta);
  const sign = mode === 'min' ? -1 : 1;
  const zeros = (): number[] => Array.from({ length: models }, () => 0);
  // Epoch 0: nothing seen yet; the value beside it means nothing.
  const bestEpochs = from === undefined ? zeros() : numbers(from, 'bestEpochs', models);
  const bestValues = from === undefined ? zeros() : numbers(from, 'bestValues', models);
  return {
    observe(epoch, rows) {
      for (let model = 0; model < models; model++) {
        const row = rows.find(({ name, labels }) => name === monitor && labels?.['model'] === model && labels['split'] === 'validation');
        demand(
          row !== undefined,
          'earlyStopping',
          `validation ${monitor} of every model`,
          'none',
          'Monitor another, or keep a validation split.',
        );
        const isBetter = bestEpochs[model] === 0 || sign * (row.value - bestValues[model]!) > minDelta;
        if (!Number.isFinite(row.value) || !isBetter) continue;
        bestEpochs[model] = epoch;
        bestValues[model] = row.value;
      }
      return bestEpochs.map((value, model) => ({ name: 'best-epoch', value, labels: { model, epoch, split: 'validation' } }));
    },
    isOver: (epoch) => bestEpochs.every((best) => epoch - best >= patience),
    counters: () => ({ bestEpochs: [...bestEpochs], bestValues: [...bestValues] }),
  };
}

function numbers(counters: Checkpoint['counters'], name: string, models: number): number[] {
  const values = counters[name];
  if (!Array.isArray(values) || values.length !== models)
    throw new BasinlabError('checkpoint', `must hold ${name} of ${models} models`, values, { remedy: 'Use the config it was made with.' });
  return [...(values as readonly number[])];
}
