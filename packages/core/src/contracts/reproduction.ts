import type { EngineInfo } from '@basinlab/tensor';
import type { Key } from '@basinlab/tensor/random';
import type { ObservableInput } from 'rxjs';
import type { ZodType } from 'zod';
import type { MeasurementColumn, MeasurementRow } from './measurement.js';
import type { MeasurementPlot } from './measurement-plot.js';

// A reproduction says what a figure of a paper is made of: which populations are trained, what is measured on them, how the rows become numbers and
// plots, and when the paper's statement counts as reproduced. The engine of `@basinlab/reproductions` does the rest.

/** How much of a figure: a trial in seconds, minutes on two cores, or the paper's own size. */
export type Scale = 'smoke' | 'small' | 'paper';

/** Labels that tell populations, and thereby rows, apart: `{ network: 'w', fixedScale: 1 }`. */
export type PopulationLabels = Readonly<Record<string, string | number | null>>;

/** A population that a figure needs. Figures that ask for the same settings share one run. */
export interface PopulationRequest {
  readonly labels: PopulationLabels;
  /** A preset at the figure's scale (`basinlab train --list`), ... */
  readonly preset?: string;
  /** ... or settings from scratch, as `basinlab train --config` reads them. */
  readonly experiment?: unknown;
  /** `path=value` overrides, as of `--set`. */
  readonly set?: readonly string[];
}

/** A re-basin strategy with options. */
export interface AlignmentRequest {
  /** Of a registered strategy. */
  readonly id: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** What rows call it. Default: the id. */
  readonly name?: string;
}

/** Measurements that are made together on populations, in one pass over the data per model and split. */
export interface MeasurementPlan {
  readonly measurements: readonly {
    /** Of a registered measurement. */
    readonly id: string;
    readonly options?: Readonly<Record<string, unknown>>;
    /** What its table is called, where one measurement is made with several options. Default: the id. */
    readonly table?: string;
  }[];
  /** `none`, ids of re-basin strategies, and strategies with options. Default `['none']`. */
  readonly alignments?: readonly (string | AlignmentRequest)[];
  /** Measures models rewritten to another form with the same function, such as `gpt2-circuits`. Default: as they were trained. */
  readonly form?: string;
  /** Default `['test']`. */
  readonly splits?: readonly string[];
  /** Epochs at which is measured: the last (the default), or those listed, as far as their checkpoints are kept. */
  readonly epochs?: readonly number[];
  /** Rows of a split whose activations are read. Default 5000. */
  readonly samples?: number;
  /** Positions of the models that are measured. Default: all. */
  readonly models?: readonly number[];
  /**
   * Measures pairs of which the first models come from another population, listed before: its first with the first of the measured one, and so on. Its network
   * may be a larger one of an architecture that widens models. Default: pairs of one population.
   */
  readonly onto?: (labels: PopulationLabels) => boolean;
  /** Which populations. Default: all. */
  readonly on?: (labels: PopulationLabels) => boolean;
}

/** A table of results: one per measurement, or what `compute` made. */
export interface ResultTable {
  readonly columns: readonly MeasurementColumn[];
  readonly rows: readonly MeasurementRow[];
}
/** Tables of a reproduction by the id of the measurement, with `models`, `training` and those of its computation. */
export type ResultTables = Readonly<Record<string, ResultTable>>;

/** A number of the summary. Keys beyond these say what it was measured on. */
export interface SummaryRow {
  readonly quantity: string;
  readonly mean: number;
  /** Over pairs, models or seeds; null where there is only one value. */
  readonly standardError: number | null;
  /** The paper's value, null where it gives none. */
  readonly paper: number | null;
  readonly [label: string]: string | number | boolean | null;
}

/** How our number compares with the paper's. */
export type Verdict = 'reproduced' | 'not reproduced' | 'cannot be compared';

/** A statement of the paper beside ours. */
export interface Claim<S = unknown> {
  readonly statement: string;
  /** The paper's number, or its words. */
  readonly paper: string;
  /** When it counts as reproduced, in words. */
  readonly rule: string;
  /** Ours, and whether the rule holds; null where the numbers do not tell (too few models, another scale). */
  check(
    found: { readonly rows: readonly SummaryRow[]; readonly tables: ResultTables },
    settings: S,
  ): { readonly ours: string; readonly holds: boolean | null };
}

/** A plot of one of the tables. */
export type ReproductionFigure = MeasurementPlot & { readonly table: string; readonly caption?: string };

/** What a computation is given: randomness, engine, and how to stop and to tell its progress. */
export interface ComputeContext {
  readonly key: Key;
  readonly engine: EngineInfo;
  readonly signal: AbortSignal;
  /** Tells how far the computation is. */
  progress(stage: string, done: number, total: number): void;
}

/** What `compute` yields: rows of one table, whole, so that a resumed run need not make them again. */
export interface ComputedTable extends ResultTable {
  readonly table: string;
}

/** A figure or table of a paper that one command makes again. */
export interface Reproduction<S = unknown> {
  readonly id: string;
  readonly title: string;
  /** The paper it belongs to: `A`, `B`, `C`, or any other, with its title and address. */
  readonly paper: { readonly id: string; readonly title: string; readonly url: string };
  /** Where in the paper. */
  readonly where: string;
  readonly summary: string;
  /** What a run costs, in words; `--estimate` measures it. */
  readonly cost: string;
  /** Settings of its own, which `--set` changes beside those of the experiments. Every scale gives all. */
  readonly settings: ZodType<S>;
  scale(scale: Scale): unknown;
  /** Populations that are trained, or taken from the store. */
  populations?(settings: S, scale: Scale): readonly PopulationRequest[];
  measurements?(settings: S): readonly MeasurementPlan[];
  /** Tables of a computation of its own, for figures without trained populations: in order, whole. */
  compute?(settings: S, context: ComputeContext): ObservableInput<ComputedTable>;
  /** Size of the computation in any unit that grows as its time does; what the estimate scales a trial by. */
  work?(settings: S): number;
  /** Tables that follow from those measured, such as one joined from several: for the numbers and the figures. */
  derive?(tables: ResultTables, settings: S): ResultTables;
  /** The numbers, from the tables: those of the measurements by id, `models` (test accuracy and loss of every model) and `training` (curves). */
  summarize(tables: ResultTables, settings: S): readonly SummaryRow[];
  /** A label whose values become columns of the table of numbers, for example `alignment`. */
  readonly across?: string;
  readonly claims: readonly Claim<S>[];
  readonly figures: readonly ReproductionFigure[];
  /** Sentences on top of the report, from the numbers alone. */
  lead?(rows: readonly SummaryRow[], settings: S): readonly string[];
}
