import type { PlottedTable } from '../plots/figure-of.js';
import type { Figure } from '../rows.js';
import type { Table } from '../tables/table.js';

/** What a report shows, in order. All texts are plain: markup in them is shown, not run. */
export interface Report {
  readonly title: string;
  /** The question and the answer in a few sentences. */
  readonly lead: readonly string[];
  /** Id, scale, engine, seeds, seconds: shown as a list under the title. */
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly sections: readonly Section[];
  /** Shown as JSON, folded. */
  readonly config: unknown;
  /** The command that makes this report again. */
  readonly command: string;
  readonly citations: readonly { readonly text: string; readonly url?: string }[];
}

/** A figure with what it says, and the rows that it shows: to be read as a table and taken away as files. */
export interface ReportFigure {
  readonly figure: Figure;
  readonly caption: string;
  readonly data?: PlottedTable;
}

/** A part of a report. */
export interface Section {
  readonly heading: string;
  readonly paragraphs?: readonly string[];
  readonly tables?: readonly Table[];
  readonly figures?: readonly ReportFigure[];
}
