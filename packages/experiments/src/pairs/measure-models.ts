import type { Key, LoadedDataset, Network, RebasinStrategy, RunEvent, Variables } from '@basinlab/core';
import {
  needsOf,
  recordedSource,
  runMeasurements,
  type Labels,
  type MeasuredRows,
  type MeasurementRequest,
  type Subject,
  type SubjectExamples,
  type SubjectModel,
} from '@basinlab/core/measurement';
import { abortable, onDemand, pull } from '@basinlab/core/pipeline';
import * as tf from '@tensorflow/tfjs-core';
import type { Observable } from 'rxjs';
import { alignmentsOf, pairOf, populationOf, type AlignmentReached } from './aligning.js';
import { firstOf } from './alignment.js';
import { standardVariables } from './standard-variables.js';

/** The parts of a data set. */
export const splitNames = ['train', 'validation', 'test'] as const;
/** Name of a part of a data set. */
export type SplitName = (typeof splitNames)[number];

/** Models, what is measured on them, and on which data. */
export interface MeasureModelsOptions {
  /** The network as trained, whose variables the models are. */
  readonly network: Network;
  readonly models: readonly { readonly name: string; readonly variables: Variables }[];
  readonly requests: readonly MeasurementRequest[];
  /** Null where nothing that is asked for looks at data. */
  readonly data: LoadedDataset | null;
  /** Splits that are measured on; what looks at weights alone is measured once, without one. Default `test`. */
  readonly splits?: readonly SplitName[];
  /** How the second model of a pair, and all but the first of a population, are moved onto the first: `none` leaves them as they are. Default `none`. */
  readonly alignments?: readonly ('none' | RebasinStrategy)[];
  /** Positions of the models that form pairs. Default (1,2), (3,4), ... */
  readonly pairs?: readonly (readonly [number, number])[];
  /** Rows of a split whose activations are read, and on which an alignment takes a loss. Default 5000. */
  readonly samples?: number;
  /** Tells how far a long alignment of a pair is. */
  aligning?(reached: AlignmentReached): void;
  /** Put in front of every row's labels, for example the epoch. */
  readonly labels?: Labels;
  readonly key: Key;
  /** How populations share the machine. */
  readonly execution: 'map' | 'vmap';
}

/** How far an alignment is, as an event. */
export const alignmentProgress = ({ strategy, models, done, total }: AlignmentReached): RunEvent => ({
  ...{ kind: 'progress', stage: `align ${models} by ${strategy}`, done, total, unit: 'step' },
});

/** Models (1,2), (3,4), ...: positions of each pair; a last one without a partner is left out. */
export const consecutivePairs = (models: number): readonly (readonly [number, number])[] =>
  Array.from({ length: Math.floor(models / 2) }, (_, pair) => [2 * pair, 2 * pair + 1] as const);

/**
 * Measures the models of one network, their pairs and their population as they are and aligned. Everything that reads the activations of a split
 * shares one pass over it per model, alignments included; models that were moved are recorded anew. Rows come per measurement and subject.
 */
export function measureModels(options: MeasureModelsOptions): Observable<MeasuredRows> {
  return onDemand((signal) => measure(options, signal));
}

async function* measure(options: MeasureModelsOptions, signal: AbortSignal): AsyncGenerator<MeasuredRows> {
  const { network, models, alignments = ['none'], splits = ['test'], samples = 5000, labels = {} } = options;
  const subjects = models.map(({ name, variables }): SubjectModel => ({
    name,
    raw: variables,
    standard: standardVariables(network, variables),
  }));
  const pairs = (options.pairs ?? consecutivePairs(models.length)).map(([first, second]) => [subjects[first]!, subjects[second]!] as const);
  const asTheyAre: Subject[] = [
    ...subjects.map((model): Subject => ({ of: 'model', labels: { ...labels, model: model.name }, model })),
    populationOf(labels, subjects, 'none'),
    ...pairs.map(([a, b]) => pairOf(labels, a, b, 'none')),
  ];
  const measured = new Set(pairs.map(([a, b]) => `${a.name}-${b.name}`));
  const requests = options.requests.map((request, position): Placed => ({
    ...request,
    position,
    on: (subject) => {
      const { pair, alignment = null } = subject.labels;
      return (pair === undefined || measured.has(String(pair))) && (alignment !== 'none' || alignments.includes('none'));
    },
  }));
  const [ofWeights, ofData] = [requests.filter((request) => !readsData(request)), requests.filter(readsData)];
  const aligning = alignmentsOf({
    ...{ models: subjects, pairs, samples, labels },
    strategies: alignments.filter((alignment) => alignment !== 'none'),
    kinds: new Set(requests.map(({ measurement }) => measurement.of)),
    aligning: options.aligning,
  });
  const alignmentRequests = aligning.requests.map((request): Placed => ({ ...request, position: null }));
  try {
    yield* onSplit(options, signal, null, ofWeights, asTheyAre);
    // Alignments look at the training split: what is measured there shares their pass.
    const isAligned = alignmentRequests.length > 0;
    if (isAligned) {
      const together = [...alignmentRequests, ...(splits.includes('train') ? ofData : [])];
      yield* onSplit(options, signal, 'train', together, [...asTheyAre, ...aligning.more]);
    }
    for (const split of splits) if (split !== 'train' || !isAligned) yield* onSplit(options, signal, split, ofData, asTheyAre);
    const aligned = aligning.subjects();
    yield* onSplit(options, signal, null, ofWeights, aligned);
    for (const split of splits) yield* onSplit(options, signal, split, ofData, aligned);
  } finally {
    aligning.dispose();
    tf.dispose(subjects.map(({ standard }) => standard!) as unknown as tf.TensorContainer);
  }
}

/** Whether a measurement looks at more than weights. */
export function readsData({ measurement, options }: MeasurementRequest): boolean {
  const { activations, examples } = needsOf(measurement, options);
  return activations !== undefined || examples === true;
}

/** A request and where it stands among those that were asked for; null for an alignment, whose rows nobody wants. */
interface Placed extends MeasurementRequest {
  readonly position: number | null;
}

/** Runs what is asked for on one split, or without one, and adds it to the labels. */
async function* onSplit(
  { network, data, samples = 5000, key, execution }: MeasureModelsOptions,
  signal: AbortSignal,
  split: SplitName | null,
  requests: readonly Placed[],
  subjects: readonly Subject[],
): AsyncGenerator<MeasuredRows> {
  if (requests.length === 0 || subjects.length === 0) return;
  const networks = { raw: network, standard: network.standard };
  async function* placed(run: Observable<MeasuredRows>): AsyncGenerator<MeasuredRows> {
    for await (const rows of pull(run.pipe(abortable(signal)))) {
      const { position } = requests[rows.request]!;
      if (position !== null) yield { ...rows, request: position };
    }
  }
  const on = subjects.map((subject): Subject => ({ ...subject, labels: { ...subject.labels, split } }));
  if (split === null || data === null || !requests.some(readsData)) {
    yield* placed(runMeasurements(requests, on, { networks, key, execution }));
    return;
  }
  const examples = firstOf(network, data[split], samples);
  const sources = recordedSource({ network: network.standard, examples, graph: data.graph });
  try {
    yield* placed(runMeasurements(requests, on, { networks, examples: examplesOn(data, split), sources, key, execution }));
  } finally {
    sources.dispose();
    tf.dispose([examples.inputs, examples.labels]);
  }
}

/** What measurements are given of a data set, on one of its splits. */
export const examplesOn = (data: LoadedDataset, split: SplitName): SubjectExamples => ({
  examples: data[split],
  task: data.task ?? 'classification',
  splits: { train: data.train, validation: data.validation, test: data.test },
  ...(data.graph === undefined ? {} : { graph: data.graph }),
});
