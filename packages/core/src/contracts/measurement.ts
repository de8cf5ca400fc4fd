import type { ActivationBatch, Graph, Network, Site, Split, SymmetryTransform, Task, Variables } from '@basinlab/tensor';
import type { Key } from '@basinlab/tensor/random';
import type { Observable, ObservableInput } from 'rxjs';
import type { ZodType } from 'zod';
import type { MeasurementPlot } from './measurement-plot.js';

// A measurement is what commands, sweeps and reproductions run: it says what it looks at and what it needs, gets just that, and yields rows of
// declared columns. A `Metric` is the pure kernel that some of them are made of (`measurementOf` lifts one).

/** What is measured: one model, two models of one network, all models of a run at one epoch, or a run through its epochs. */
export type SubjectKind = 'model' | 'pair' | 'population' | 'trajectory';

/** What a batch of activations may hold: sites of layers, the network's `logits` [rows, outputs], and the `labels` of the rows. */
export type RecordedSite = Site | 'logits' | 'labels';

/** What a measurement is given. Whatever is not asked for is not computed, and need not exist: an Arrow file has activations only. */
export interface MeasurementNeeds {
  /**
   * Models with their variables, and the network that they belong to: `standard` with constants absorbed into plain weights (what lies between two
   * models is meant there, and only there can one be aligned), `raw` as trained, with masks and noise apart.
   */
  readonly weights?: 'standard' | 'raw';
  /** A pass over the inputs of the split, batch by batch. */
  readonly activations?: { readonly sites: readonly RecordedSite[] };
  /** Labelled examples of the split. */
  readonly examples?: true;
}

/** A model by its name in rows. */
export interface NamedModel {
  /** As rows name it: `1`, the first of a run; columns of its activations carry it as `field.model`. */
  readonly name: string;
}

/** A model and its weights. */
export interface MeasuredModel extends NamedModel {
  /** The measurement must not dispose or keep them. */
  readonly variables: Variables;
}

/** A model with its variables where weights are needed. */
export type ModelOf<N extends MeasurementNeeds> = N extends { readonly weights: 'standard' | 'raw' } ? MeasuredModel : NamedModel;

/** A run through its checkpoints. */
export interface Trajectory<M extends NamedModel = MeasuredModel> {
  readonly models: readonly NamedModel[];
  /** Epochs whose checkpoints are there, in order; 0 is before training. */
  readonly epochs: readonly number[];
  /** The models at one of the epochs, released once `use` has settled. */
  at<T>(epoch: number, use: (models: readonly M[]) => Promise<T>): Promise<T>;
}

/** The subject of each kind. */
export interface Subjects<M extends NamedModel> {
  readonly model: M;
  /** `b` may have been aligned to `a`: `alignment` is `none` or the id of the strategy, `transform` what moved it. */
  readonly pair: { readonly a: M; readonly b: M; readonly alignment: string; readonly transform?: SymmetryTransform | undefined };
  readonly population: { readonly models: readonly M[] };
  readonly trajectory: Trajectory<M>;
}

/** What every measurement is given. */
export interface MeasurementBase {
  /** For what it draws at random: the same for the same seed, measurement and subject. */
  readonly key: Key;
  readonly signal: AbortSignal;
  /** How populations share the machine: `map` one after the other (CPU), `vmap` together (GPU). */
  readonly execution: 'map' | 'vmap';
  /**
   * Something that is made once for all subjects and released after the last, such as a compiled evaluator. `name` tells several of one
   * measurement apart.
   */
  reuse<T extends { dispose(): void }>(name: string, make: () => T): T;
}

interface GivenWeights {
  /** What the models' variables belong to: the standard network, or the one that was trained. */
  readonly network: Network;
}

interface GivenActivations {
  /**
   * The activations of the subject's models on the split, one batch after the other: columns of all its models, told apart by `field.model`. Subscribe
   * once and at once; the pass begins when every measurement has, and goes on when all are done with a batch. Tensors are gone after
   * that. Cancel by unsubscribing.
   */
  readonly activations: Observable<ActivationBatch>;
}

interface GivenExamples {
  /** The split that rows are about. */
  readonly examples: Split;
  readonly task: Task;
  readonly graph?: Graph;
  /** Every split by name: `train`, `validation`, `test`. */
  readonly splits: Readonly<Record<string, Split>>;
}

/** What a measurement with needs N is given beside its subject. */
export type MeasurementContext<N extends MeasurementNeeds = MeasurementNeeds> = MeasurementBase &
  (N extends { readonly weights: 'standard' | 'raw' } ? GivenWeights : unknown) &
  (N extends { readonly activations: object } ? GivenActivations : unknown) &
  (N extends { readonly examples: true } ? GivenExamples : unknown);

/** One column of a measurement's rows. */
export interface MeasurementColumn {
  readonly name: string;
  /** What it is, in a few words. */
  readonly summary: string;
  /** `axis`: what a row is about (layer, unit, lambda); `value`: what was found. */
  readonly role: 'axis' | 'value';
  readonly type: 'number' | 'text';
  /** `%`, `nats`, `epochs`, ...; absent: none. */
  readonly unit?: string;
  /** Least and greatest possible value. */
  readonly range?: readonly [number, number];
  readonly better?: 'higher' | 'lower';
}

/** One result: a value for each declared column. Columns that do not apply may be left out; they become null. */
export type MeasurementRow = Readonly<Record<string, number | string | boolean | null>>;

/** A measurement that is offered to the user. Made by `defineMeasurement`, which types what it is given by what it needs. */
export interface Measurement<O = unknown, K extends SubjectKind = SubjectKind, N extends MeasurementNeeds = MeasurementNeeds> {
  readonly id: string;
  readonly summary: string;
  /** Every option has a default: `{}` must do. */
  readonly options: ZodType<O>;
  readonly of: K;
  readonly needs: N | ((options: O) => N);
  readonly columns: readonly MeasurementColumn[];
  /** What shows the rows best. */
  readonly plots?: readonly MeasurementPlot[];
  /** Rows of one subject: a promise of them, or an observable or async iterable of several lots. */
  measure(subject: Subjects<ModelOf<N>>[K], options: O, context: MeasurementContext<N>): ObservableInput<readonly MeasurementRow[]>;
}
