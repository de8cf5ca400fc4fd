import { rm } from 'node:fs/promises';
import type { EngineInfo, RunEvent, Variables } from '@basinlab/core';
import { drain, recordEvents } from '@basinlab/core/pipeline';
import { openOrCreateRun, type Json, type Run } from '@basinlab/core/store';
import { executionFor, trainPopulation, type CheckpointSink, type PopulationExecution, type TrainingPlan } from '@basinlab/core/training';
import { Interrupted } from '../errors/interrupted.js';
import { usageError } from '../errors/usage-error.js';
import { isLeaving } from '../executors/leave.js';
import { version } from '../version.js';
import { decisiveSettings } from '../experiment/decisive.js';
import type { Experiment } from '../experiment/schema.js';

/** A plan of training and the run that it is written to. */
export interface TrainRunOptions {
  readonly directory: string;
  readonly experiment: Experiment;
  /** Network, update rule, data and keys that `experiment` describes. */
  readonly plan: Pick<TrainingPlan, 'network' | 'updateRule' | 'data' | 'keys'>;
  readonly engine: EngineInfo;
  /** Module file -> hash, of plugins that are not built in. */
  readonly plugins?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Wait for another process that trains here, instead of throwing. */
  readonly wait?: boolean;
  emit(event: RunEvent): void;
}

/**
 * Trains a population in a folder of its own: from the start, from where an interrupted run stopped, or not at all where it has finished.
 * Returns the models, whose tensors the caller disposes. Throws a usage error where the folder holds a run of another config.
 */
export async function trainRun(options: TrainRunOptions): Promise<readonly Variables[]> {
  const { directory, experiment, engine, signal, wait = false } = options;
  const run = await openOrCreateRun(
    directory,
    {
      config: experiment as unknown as Json,
      versions: { basinlab: version, node: process.version, engine: engine.id, ...stringValues(engine.details) },
      plugins: options.plugins ?? {},
    },
    { wait, signal },
  );
  try {
    demandSame(run, experiment, executionOf(options));
    return await train(run, options);
  } finally {
    await run.close();
  }
}

const executionOf = ({ experiment, engine }: Pick<TrainRunOptions, 'experiment' | 'engine'>): PopulationExecution => {
  const { population } = experiment.training;
  return population === 'auto' ? executionFor(engine.platform) : population;
};

function demandSame({ directory, config }: Run, experiment: Experiment, execution: PopulationExecution): void {
  const [before, now] = [config.config as unknown as Experiment, experiment].map((each) =>
    JSON.stringify(decisiveSettings(each, execution)),
  );
  if (before === now) return;
  throw usageError(
    directory,
    'a folder without a run, or with a run of the same config',
    'a run of another config',
    'Choose another --out, or start over with --fresh',
  );
}

async function train(run: Run, options: TrainRunOptions): Promise<readonly Variables[]> {
  const { experiment, plan, signal, emit } = options;
  const { epochs, batchSize, devices, earlyStopping, keepCheckpoints } = experiment.training;
  const { checkpoint, damaged } = await run.latestCheckpoint();
  for (const { error } of damaged)
    emit({ kind: 'progress', stage: 'resume', done: 0, total: 1, unit: 'checkpoint', details: { skipped: error.message } });
  if ((await run.events()).length > 0) await run.markResumed(checkpoint?.epoch ?? null);
  const events = trainPopulation({
    ...plan,
    epochs,
    batch: batchSize,
    execution: executionOf(options),
    devices,
    earlyStopping,
    checkpoints: () => true,
    sink: keeping(run, keepCheckpoints, epochs),
    ...(checkpoint === null ? {} : { resume: checkpoint }),
  });
  let models: readonly Variables[] = [];
  await drain(events.pipe(recordEvents(run, ['metric', 'placement'])), {
    signal,
    onEvent: (event) => {
      if (event.kind === 'trained') models = event.models;
      else emit(forPeople(event, epochs));
    },
  });
  await recordEnd(run, experiment.training.models);
  return models;
}

/** Writes into the log that all is trained, also where models stopped before their last epoch. */
async function recordEnd(run: Run, models: number): Promise<void> {
  const [last] = (await run.events()).slice(-1);
  if (last?.kind !== 'progress') await run.append({ kind: 'progress', stage: 'train', done: models, total: models, unit: 'models' });
}

/** Writes every epoch's checkpoint, so that a killed run loses one epoch at most, and removes those that nobody asked to keep. */
function keeping(run: Run, keep: Experiment['training']['keepCheckpoints'], epochs: number): CheckpointSink {
  return {
    checkpoint: async (epoch, content) => {
      const path = await run.checkpoint(epoch, content);
      if (isLeaving() && epoch < epochs) throw new Interrupted();
      if (keep === 'all') return path;
      for (const older of await run.listCheckpoints()) {
        if (older.epoch < epoch && !keep.includes(older.epoch)) await rm(older.path);
      }
      return path;
    },
  };
}

/** Progress with models counted from 1, as everywhere people read, and the epoch beside the number of epochs. */
function forPeople(event: RunEvent, epochs: number): RunEvent {
  if (event.kind !== 'progress' || event.details === undefined) return event;
  const { epoch, model, ...details } = event.details;
  const models = String(model)
    .split(',')
    .map((index) => Number(index) + 1);
  return { ...event, details: { epoch: `${epoch}/${epochs}`, model: models.join(','), ...details } };
}

const stringValues = (record: Readonly<Record<string, string | number>>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, String(value)]));
