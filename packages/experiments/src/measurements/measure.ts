import {
  demand,
  type LoadedDataset,
  type Network,
  type RebasinStrategy,
  type RunEvent,
  type Trajectory,
  type Variables,
} from '@basinlab/core';
import { runMeasurements, type Labels, type MeasurementRequest, type SubjectModel } from '@basinlab/core/measurement';
import { abortable, onDemand, pull } from '@basinlab/core/pipeline';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import * as tf from '@tensorflow/tfjs-core';
import type { Observable } from 'rxjs';
import { alignmentProgress, consecutivePairs, examplesOn, measureModels, type SplitName } from '../pairs/measure-models.js';
import { standardVariables } from '../pairs/standard-variables.js';
import { loadModels, type OpenedRun } from '../runs/load-models.js';
import { demandComparable } from '../runs/comparable.js';
import { pairAtOneSize } from '../runs/one-size.js';

/** A run, what is measured on it, and on which data. */
export interface MeasureRunOptions {
  readonly run: OpenedRun;
  /** Null where nothing that is asked for looks at data. */
  readonly data: LoadedDataset | null;
  readonly requests: readonly MeasurementRequest[];
  /** Epochs whose models are measured; a trajectory goes through all of them. */
  readonly epochs: readonly number[];
  readonly splits?: readonly SplitName[];
  readonly alignments?: readonly ('none' | RebasinStrategy)[];
  /** Rows of a split whose activations are read. Default 5000. */
  readonly samples?: number;
  /** Positions of models. Default: all of the run. */
  readonly models?: readonly number[] | null;
  /** Put in front of every row's labels, for example the name of the run. */
  readonly labels?: Labels;
  /** Told how far long alignments are, beside the events. */
  progress?(event: RunEvent): void;
  /** Measures pairs whose first models are those of this run, at its last epoch and the same positions; see `pairAtOneSize`. Default: pairs of the run. */
  readonly onto?: OpenedRun;
  /** Of alignments and measurements that draw at random. Default 1. */
  readonly seed?: number;
  /** How populations share the machine. */
  readonly execution: 'map' | 'vmap';
}

/** Measures a run at some of its epochs: `measured` events with rows, and progress in subjects measured. */
export function measureRun(options: MeasureRunOptions): Observable<RunEvent> {
  return onDemand((signal) => measure(options, signal));
}

async function* measure(options: MeasureRunOptions, signal: AbortSignal): AsyncGenerator<RunEvent> {
  const { run, data, requests, epochs, labels = {}, seed = 1, alignments = ['none'], splits = ['test'], execution } = options;
  const key = childKey(keyFromSeed(seed), 'measure');
  const [along, atOnce] = [requests.filter(ofTrajectory), requests.filter((request) => !ofTrajectory(request))];
  const own = options.models?.length ?? run.experiment.training.models;
  const count = options.onto === undefined ? own : 2 * Math.min(own, options.onto.experiment.training.models);
  const perEpoch = subjectsPerEpoch(atOnce, count, alignments.length, splits.length);
  const total = perEpoch * epochs.length + along.length * splits.length;
  let done = 0;
  const progress = (stage: string): RunEvent => ({ kind: 'progress', stage, done: Math.min(++done, total), total, unit: 'subject' });

  for (const epoch of atOnce.length === 0 ? [] : epochs) {
    const { network, models: chosen, pairs, dispose } = await chosenModels(options, epoch, seed);
    try {
      const at: Labels = { ...labels, epoch };
      const measured = measureModels({
        // All of them, so that rows tell their place: those of trajectories find no subject here.
        ...{ network, data, key, execution, splits, alignments, requests, models: chosen, labels: at },
        ...(pairs && { pairs }),
        ...(options.samples === undefined ? {} : { samples: options.samples }),
        aligning: (reached) => options.progress?.(alignmentProgress(reached)),
      });
      for await (const rows of pull(measured.pipe(abortable(signal)))) {
        yield rows;
        yield progress('measure');
      }
    } finally {
      dispose();
    }
  }
  if (along.length === 0) return;
  const { network, models } = await loadModels(run, epochs[0]);
  tf.dispose(models as unknown as tf.TensorContainer);
  const trajectory = trajectoryOf(run, epochs, options.models ?? null);
  for (const split of splits) {
    const measured = runMeasurements(requests, [{ of: 'trajectory', labels: { ...labels, split }, trajectory }], {
      networks: { raw: network, standard: network.standard },
      ...(data === null ? {} : { examples: examplesOn(data, split) }),
      key,
      execution,
    });
    for await (const rows of pull(measured.pipe(abortable(signal)))) {
      yield rows;
      yield progress('measure over epochs');
    }
  }
}

/** The models that are measured at an epoch, under their names, and the positions of pairs where these are not the consecutive ones. */
async function chosenModels({ run, onto, models: wanted }: MeasureRunOptions, epoch: number, seed: number): Promise<ChosenModels> {
  const loaded = await loadModels(run, epoch);
  const isChosen = (at: number): boolean => wanted?.includes(at) ?? true;
  const release = (): void => tf.dispose(loaded.models as unknown as tf.TensorContainer);
  if (onto === undefined) {
    const models = loaded.models.map((variables, at) => ({ name: String(at + 1), variables })).filter((_, at) => isChosen(at));
    return { network: loaded.network, models, dispose: release };
  }
  const others: (() => void)[] = [release];
  const dispose = (): void => others.forEach((other) => other());
  try {
    demandComparable([onto, run]);
    const target = await loadModels(onto);
    others.push(() => tf.dispose(target.models as unknown as tf.TensorContainer));
    const models: NamedVariables[] = [];
    let { network } = target;
    for (let at = 0; at < Math.min(target.models.length, loaded.models.length); at++) {
      if (!isChosen(at)) continue;
      const pair = await pairAtOneSize([onto, run], [target, loaded], [at, at], seed);
      others.push(() => pair.dispose());
      demand(
        models.length === 0 || sizesOf(network) === sizesOf(pair.network),
        'pair',
        'pairs of one size, as for the first of them',
        `another for the models ${at + 1}`,
      );
      network = pair.network;
      models.push({ name: `onto ${at + 1}`, variables: pair.first }, { name: String(at + 1), variables: pair.second });
    }
    return { network, models, pairs: consecutivePairs(models.length), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

const sizesOf = ({ params }: Network): string => JSON.stringify(params.map(({ name, shape }) => [name, shape]));

interface NamedVariables {
  readonly name: string;
  readonly variables: Variables;
}

interface ChosenModels {
  readonly network: Network;
  readonly models: readonly NamedVariables[];
  readonly pairs?: readonly (readonly [number, number])[];
  dispose(): void;
}

const ofTrajectory = ({ measurement }: MeasurementRequest): boolean => measurement.of === 'trajectory';

/** How many times rows will come at one epoch, for the progress bar. */
function subjectsPerEpoch(requests: readonly MeasurementRequest[], models: number, alignments: number, splits: number): number {
  const subjects = { model: models, pair: consecutivePairs(models).length * alignments, population: alignments, trajectory: 0 };
  return requests.reduce((sum, { measurement }) => sum + subjects[measurement.of] * splits, 0);
}

/** A run's models through its checkpoints, loaded as they are asked for. */
function trajectoryOf(run: OpenedRun, epochs: readonly number[], chosen: readonly number[] | null): Trajectory<SubjectModel> {
  const isChosen = (at: number): boolean => chosen?.includes(at) ?? true;
  const names = Array.from({ length: run.experiment.training.models }, (_, at) => ({ name: String(at + 1) })).filter((_, at) =>
    isChosen(at),
  );
  return {
    models: names,
    epochs,
    async at(epoch, use) {
      const { network, models } = await loadModels(run, epoch);
      const subjects = models
        .map((raw, at): SubjectModel => ({ name: String(at + 1), raw, standard: standardVariables(network, raw) }))
        .filter((_, at) => isChosen(at));
      try {
        return await use(subjects);
      } finally {
        tf.dispose([models, subjects.map(({ standard }) => standard!)] as unknown as tf.TensorContainer);
      }
    },
  };
}
