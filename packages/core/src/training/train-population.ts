import { demand } from '@basinlab/tensor';
import { batchesOf, checkLabels, createEvaluator, examplesOf } from '@basinlab/tensor/evaluation';
import type { Evaluator } from '@basinlab/tensor/evaluation';
import type { Observable } from 'rxjs';
import type { LoadedDataset, MetricRow, Network, RunEvent, Split, Tensors, Variables } from '../contracts/index.js';
import type { Checkpoint, StoredTree } from '../store/checkpoint.js';
import { onDemand } from '../pipeline/index.js';
import { restorePopulation, takeCheckpoint } from './checkpoint.js';
import type { CheckpointSink } from './checkpoint.js';
import { earlyStopping } from './early-stopping.js';
import type { EarlyStoppingOptions } from './early-stopping.js';
import type { PopulationKeys } from './keys.js';
import { choosePlacement } from './placement.js';
import { disposePopulation, startPopulation, variablesOf } from './population.js';
import type { Group, PopulationExecution } from './population.js';
import type { UpdateRule } from './update-rule.js';
import { createEpochTrainer, epochRows } from './train-epoch.js';
import type { Segment } from './train-epoch.js';

/** All that a population's training depends on. */
export interface TrainingPlan {
  network: Network;
  updateRule: UpdateRule;
  /** What is trained on, and what its task is. Batches are augmented where the data set says how. */
  data: Pick<LoadedDataset, 'train' | 'validation' | 'task' | 'graph' | 'augment'>;
  keys: PopulationKeys;
  epochs: number;
  batch: number;
  /** Share of entries that dropout leaves out, in [0, 1), where the network has places for it. Default 0. */
  dropout?: number | undefined;
  /** Default `map`; see `executionFor`. */
  execution?: PopulationExecution;
  /**
   * On how many devices of the engine models move at the same time. Default `auto`: all, or one where a short trial at the start finds that faster.
   * Under `map` no number changes results, and a run may be resumed with another. Under `vmap` each device has a stack of its own, and what a stack
   * computes depends on its size up to rounding: there `auto` is one device.
   */
  devices?: number | 'auto' | undefined;
  /** Ends the training before `epochs`. Default: never. */
  earlyStopping?: EarlyStoppingOptions | undefined;
  /** Epochs whose checkpoint is kept: 0 before training, e after epoch e (from 1). Default: 0. The last is always kept. */
  checkpoints?: (epoch: number) => boolean;
  sink?: CheckpointSink;
  /** Goes on from here, to the same final parameters as without the interruption. */
  resume?: Checkpoint<StoredTree>;
  /** Rows per batch of the evaluation on the validation split. Default 1000. */
  evaluationBatch?: number;
}

/** Comes last: the trained models, whose tensors the receiver disposes. */
export interface TrainedEvent {
  readonly kind: 'trained';
  readonly models: readonly Variables[];
}

/** What a training population tells; at last its models. */
export type TrainingEvent = RunEvent | TrainedEvent;

/**
 * Trains a population on one data set and tells about it: progress about twice a second; after every epoch (counted from 1) the rows `loss`
 * (mean of batch means) and, but for regression, `accuracy` of the train split as seen while training, and of the validation split in
 * evaluation mode, per model; with early stopping also `best-epoch`; checkpoints; at last the models. It goes on once an event has been used up (`onDemand`), so what a subscriber does with the rows of an epoch
 * is done before its checkpoint. Unsubscribing stops it within a second and releases its memory. A loss that is not finite ends it with an
 * error that names model, epoch and step; so do labels that do not fit the task or the network, before the first step.
 */
export const trainPopulation = (plan: TrainingPlan): Observable<TrainingEvent> => onDemand((signal) => train(plan, signal));

/** @throws BasinlabError for a rate outside [0, 1), or above 0 for a network without places for dropout */
function demandDropout(network: Network, rate: number): void {
  demand(rate >= 0 && rate < 1, 'dropout', 'a rate in [0, 1)', rate);
  demand(rate === 0 || network.dropout, 'dropout', 'an architecture with places for it, such as gpt2 or vit', network.architecture);
}

async function* train(plan: TrainingPlan, signal: AbortSignal): AsyncGenerator<TrainingEvent, void, undefined> {
  const { network, updateRule, data, keys, epochs, batch, dropout = 0, execution = 'map', devices: wanted = 'auto' } = plan;
  const models = keys.models.length;
  demand(models > 0, 'training', 'at least one model', models);
  demand(data.train.inputs.shape[0]! > 0, 'training', 'at least one sample', 0);
  demand(Number.isInteger(batch) && batch > 0, 'training', 'the batch size must be a whole number above 0', batch);
  demandDropout(network, dropout);
  const { task = 'classification' } = data;
  const examples = examplesOf(network, data.train, data.graph);
  const checked = [await checkLabels(task, 'train', data.train), await checkLabels(task, 'validation', data.validation)];
  const validated = data.validation.labels.shape[0]! > 0;
  demand(plan.earlyStopping === undefined || validated, 'earlyStopping', 'a validation split', 'an empty one');
  const stopping = plan.earlyStopping && earlyStopping(plan.earlyStopping, models, plan.resume?.counters);
  const devices = wanted === 'auto' && execution === 'vmap' ? 1 : wanted;
  const stacks = devices === 'auto' ? 1 : devices;
  const restored = plan.resume && restorePopulation(plan.resume, { network, updateRule, models, execution, stacks });
  const population = restored?.population ?? startPopulation(network, updateRule, keys, execution, stacks);
  const { stacked } = population.groups[0]!;
  const trainer = createEpochTrainer({
    network,
    updateRule,
    task,
    demandOutputs: (outputs) => checked.forEach((labels) => labels.demandOutputs(outputs)),
    ...(data.augment && { augment: (key, batch) => data.augment!(key, batch) }),
    ...(dropout > 0 && { dropout }),
    data: examples,
    batch,
    stacked,
  });
  const { graph } = data;
  const evaluator = createEvaluator(network, {
    batch: plan.evaluationBatch ?? 1000,
    task,
    graph,
    ...(stacked && { population: 'vmap' as const }),
  });
  const isLast = (epoch: number): boolean => epoch >= epochs || stopping?.isOver(epoch) === true;
  const kept = plan.checkpoints ?? ((epoch) => epoch === 0);
  const save = async function* (epoch: number): AsyncGenerator<TrainingEvent, void, undefined> {
    if (plan.sink === undefined || !(kept(epoch) || isLast(epoch))) return;
    const path = await plan.sink.checkpoint(epoch, await takeCheckpoint(population, epoch, stopping?.counters()));
    yield { kind: 'checkpoint', stage: 'train', path, epoch };
  };
  try {
    const from = restored?.epoch ?? 0;
    const progress = progressOf(plan, from);
    const steps = (epochs - from) * batchesOf(data.train.inputs.shape[0]!, batch).steps * models;
    const placement = choosePlacement({ wanted: devices, groups: population.groups.length, steps });
    const placed = function* (ended = false): Generator<TrainingEvent, void, undefined> {
      const found = placement.news(ended);
      if (found !== null) yield { kind: 'placement', stage: 'train', execution, ...found };
    };
    const isOver = isLast(from);
    if (restored === undefined) yield* save(0);
    for (let epoch = from; !isLast(epoch); epoch++) {
      const rows: MetricRow[] = [];
      for (let at = 0; at < population.groups.length;) {
        const groups = population.groups.slice(at, at + placement.width);
        at += groups.length;
        const segments = trainer.run(groups, population.constants, keys.models, epoch, signal, placement);
        const trained = yield* relabelled(segments, (segment) => progress(epoch, segment));
        if (trained === null) return;
        yield* placed();
        for (const [i, group] of groups.entries())
          rows.push(...trained[i]!, ...(await validationRows(evaluator, data.validation, population.constants, group, epoch)));
      }
      if (stopping !== undefined) rows.push(...stopping.observe(epoch + 1, rows));
      yield { kind: 'metric', stage: 'train', rows };
      yield* save(epoch + 1);
    }
    if (!isOver) yield* placed(true);
    yield { kind: 'trained', models: variablesOf(population) };
  } finally {
    trainer.dispose();
    evaluator.dispose();
    disposePopulation(population);
  }
}

/** Maps what a generator yields and hands its result through. */
async function* relabelled<A, B, R>(source: AsyncGenerator<A, R, undefined>, label: (item: A) => B): AsyncGenerator<B, R, undefined> {
  try {
    for (;;) {
      const step = await source.next();
      if (step.done === true) return step.value;
      yield label(step.value);
    }
  } finally {
    // Cancelled at a yield: the source's own `finally` must run too. Without effect where it has ended.
    await source.return(undefined as never);
  }
}

async function validationRows(
  evaluator: Evaluator,
  split: Split,
  constants: Tensors,
  { models, progress }: Group,
  epoch: number,
): Promise<MetricRow[]> {
  if (split.inputs.shape[0] === 0) return [];
  const results = await evaluator.evaluate({ params: progress.params, state: progress.state, constants }, split);
  return results.flatMap(({ meanOfBatches, accuracy }, at): MetricRow[] => {
    const labels = { model: models[at]!, epoch: epoch + 1, split: 'validation' };
    return epochRows({ loss: meanOfBatches, accuracy }, labels);
  });
}

/** Counts the steps of all models; the speed is that of the last few segments. */
function progressOf({ data, keys, epochs, batch }: TrainingPlan, from: number) {
  const perEpoch = batchesOf(data.train.inputs.shape[0]!, batch).steps * keys.models.length;
  let done = from * perEpoch;
  let last = performance.now();
  let rate: number | undefined;
  return (epoch: number, { models, steps, loss }: Segment): TrainingEvent => {
    const moved = steps * models.length;
    const now = performance.now();
    const speed = (1000 * moved) / (now - last);
    rate = rate === undefined ? speed : 0.7 * rate + 0.3 * speed;
    last = now;
    done += moved;
    const details = { epoch: epoch + 1, model: models.join(','), loss, stepsPerSecond: rate };
    return { kind: 'progress', stage: 'train', done, total: epochs * perEpoch, unit: 'steps', details };
  };
}
