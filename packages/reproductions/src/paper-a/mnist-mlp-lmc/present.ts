import {
  barrierFigure,
  composeSvg,
  distinct,
  formatWithError,
  groupBy,
  interpolationFigure,
  meanWithError,
  trainingFigure,
  type Figure,
  type Report,
  type Section,
  type Table,
} from '@basinlab/report';
import { papers } from '../../catalogue.js';
import type { Summary } from '../../shared/contract.js';
import { factsOf } from '../../shared/facts.js';
import { labelOf, readResults, type BarrierSummaryRow, type ModelResult } from './results.js';

/** Beyond rows: how good the trained models are. */
export interface MnistMlpLmcDetails {
  readonly models: readonly ModelResult[];
}

/** What the paper's curves show, which it does not put into numbers. */
const claims: Readonly<Record<string, string>> = {
  standard: 'high; low when aligned',
  'w, fixed scale 0': 'high; low when aligned',
  'w, fixed scale 1': 'about 0 unaligned',
  'syre, fixed scale 1': 'low unaligned',
};

const detailsOf = (summary: Summary): MnistMlpLmcDetails => summary.details as MnistMlpLmcDetails;
const rowsOf = (summary: Summary): readonly BarrierSummaryRow[] => summary.rows as readonly BarrierSummaryRow[];
const cell = (row: BarrierSummaryRow | undefined, decimals: number): string | null =>
  row === undefined ? null : formatWithError(row.mean, row.standardError, decimals);

/** One line per network: test accuracy, then the barrier per alignment. */
function barrierTable(summary: Summary, of: 'accuracy' | 'loss', split: string, caption: string): Table {
  const rows = rowsOf(summary).filter((row) => row.of === of && row.split === split);
  const alignments = distinct(rows.map((row) => row.alignment));
  const models = groupBy(detailsOf(summary).models, labelOf);
  return {
    caption,
    columns: [
      { header: 'network' },
      { header: 'test accuracy (%)', align: 'right' },
      ...alignments.map((alignment) => ({ header: alignment === 'none' ? 'unaligned' : alignment, align: 'right' as const })),
      { header: 'paper (curves only)' },
    ],
    rows: [...groupBy(rows, labelOf)].map(([label, own]) => {
      const accuracy = meanWithError((models.get(label) ?? []).map((model) => model.accuracy));
      const cells = alignments.map((alignment) =>
        cell(
          own.find((row) => row.alignment === alignment),
          of === 'accuracy' ? 2 : 4,
        ),
      );
      return [label, formatWithError(accuracy.mean, accuracy.standardError), ...cells, claims[label] ?? null];
    }),
  };
}

/** The split that the tables in the terminal and at the top of the report show. */
const mainSplit = (summary: Summary): string => {
  const splits = distinct(rowsOf(summary).map((row) => row.split));
  return splits.includes('test') ? 'test' : splits[0]!;
};

/** The result in the terminal. */
export function terminalTable(summary: Summary): Table {
  const split = mainSplit(summary);
  return barrierTable(summary, 'accuracy', split, `Barrier on ${split} accuracy in percent (0: none), mean over pairs ± standard error`);
}

/** The report, and its figures as files, from the summary and the result files in `out`. */
export async function presentReport(summary: Summary, out: string): Promise<{ report: Report; files: Record<string, string> }> {
  const { paths, training } = await readResults(out);
  const splits = distinct(rowsOf(summary).map((row) => row.split));
  const files: Record<string, string> = {};
  const keep = (name: string, figure: Figure): Figure => {
    files[`${name}.svg`] = composeSvg(figure);
    return figure;
  };
  const sections = splits.map((split): Section => {
    const points = paths.filter((point) => point.split === split).map((point) => ({ ...point, network: labelOf(point) }));
    const barriers = (of: string) =>
      rowsOf(summary)
        .filter((row) => row.split === split && row.of === of)
        .map((row) => ({ ...row, network: labelOf(row) }));
    return {
      heading: `Barriers on the ${split} split`,
      paragraphs: [
        'Accuracy: the lowest accuracy on the straight path, below the better end, in percent of it: 0 is no barrier, more negative is worse; where the ends differ, their difference counts. Loss: the highest rise above the straight line between the losses of the ends, in nats.',
      ],
      tables: [
        barrierTable(summary, 'accuracy', split, `Barrier on ${split} accuracy (%)`),
        barrierTable(summary, 'loss', split, `Barrier on ${split} loss (nats)`),
      ],
      figures: [
        {
          figure: keep(
            `barriers-${split}`,
            barrierFigure(barriers('accuracy'), { title: `Barrier on ${split} accuracy`, quantity: 'barrier (%)' }),
          ),
          caption: 'Mean over pairs; lines show one standard error.',
        },
        {
          figure: keep(
            `accuracy-${split}`,
            interpolationFigure(
              points.map((point) => ({ ...point, value: point.accuracy })),
              { title: `Accuracy along the path, ${split} split`, quantity: 'accuracy (%)' },
            ),
          ),
          caption:
            'λ runs from the first model of a pair to the second. Thick: mean over pairs, with one standard error; thin: single pairs.',
        },
        {
          figure: keep(
            `loss-${split}`,
            interpolationFigure(
              points.map((point) => ({ ...point, value: point.loss })),
              { title: `Loss along the path, ${split} split`, quantity: 'cross entropy' },
            ),
          ),
          caption: 'The same for the loss.',
        },
      ],
    };
  });
  const curves = training.map((point) => ({
    network: labelOf(point),
    model: String(point.model),
    series: point.split,
    epoch: point.epoch,
    value: point.accuracy,
  }));
  const report: Report = {
    title: 'Linear mode connectivity of MNIST MLPs',
    lead: leadOf(summary),
    facts: factsOf(summary),
    sections: [
      ...sections,
      {
        heading: 'Training',
        figures: [
          {
            figure: keep('training', trainingFigure(curves, { title: 'Accuracy over training', quantity: 'accuracy (%)' })),
            caption: 'Train accuracy as seen while training; thin lines are single models.',
          },
        ],
      },
    ],
    config: summary.config,
    command: summary.command,
    citations: [{ text: `${papers.A.title} (arXiv 2606.04754)`, url: papers.A.url }],
  };
  return { report, files };
}

/** What was done and what came out, from the numbers alone. */
function leadOf(summary: Summary): string[] {
  const split = mainSplit(summary);
  const find = (network: string, fixedScale: number | null, alignment: string) =>
    rowsOf(summary).find(
      (row) =>
        row.of === 'accuracy' &&
        row.split === split &&
        row.network === network &&
        row.fixedScale === fixedScale &&
        row.alignment === alignment,
    );
  const percent = (row: BarrierSummaryRow) => `${row.mean.toFixed(2)}%`;
  const [plain, aligned, w] = [find('standard', null, 'none'), find('standard', null, 'weight-matching'), find('w', 1, 'none')];
  const found: string[] = [];
  if (plain !== undefined) {
    found.push(
      `On the straight path between two standard networks ${split} accuracy falls by ${percent(plain)} of its value at the better end${aligned === undefined ? '' : `, and by ${percent(aligned)} once weight matching has aligned their neurons`}.`.replaceAll(
        'by -',
        'by ',
      ),
    );
  }
  if (w !== undefined)
    found.push(
      `Between W networks with fixed scale 1, whose neurons cannot be exchanged, it falls by ${percent(w)} without any alignment.`.replaceAll(
        'by -',
        'by ',
      ),
    );
  return [
    'Populations of MLPs with and without exchangeable neurons are trained on MNIST, paired, and joined by straight lines in weight space, as they are and after alignment.',
    found.join(' '),
  ].filter((text) => text !== '');
}
