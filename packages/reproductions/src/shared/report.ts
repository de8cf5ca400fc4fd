import { join } from 'node:path';
import type { Reproduction, ResultTables, SummaryRow } from '@basinlab/core';
import { atomicWrite } from '@basinlab/core/store';
import { fileName } from '@basinlab/experiments';
import {
  composeSvg,
  distinct,
  figureOf,
  formatWithError,
  groupBy,
  renderReport,
  type Report,
  type Section,
  type Table,
} from '@basinlab/report';
import type { Summary } from './contract.js';
import { factsOf } from './facts.js';

const labelsOf = (rows: Summary['rows']): string[] => {
  const known = new Set(['quantity', 'mean', 'standardError', 'paper', 'values']);
  return [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => !known.has(name) && rows.some((row) => row[name] !== null));
};

const spaced = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
const text = (value: SummaryRow[string] | undefined): string | number | null =>
  typeof value === 'boolean' ? String(value) : (value ?? null);

/**
 * The numbers of a summary: what they are, on what they were measured, mean with one standard error, and the paper's where it gives any. `across` names a
 * label whose values become columns.
 */
export function summaryTable({ rows }: Pick<Summary, 'rows'>, across?: string): Table {
  const labels = labelsOf(rows).filter((name) => name !== across);
  const places = across === undefined ? [] : distinct(rows.map((row) => row[across] ?? null));
  const hasPaper = rows.some(({ paper }) => paper !== null);
  const groups = [
    ...groupBy(rows, (row) =>
      JSON.stringify([row.quantity, ...labels.map((name) => row[name] ?? null), ...(across === undefined ? [row] : [])]),
    ),
  ];
  const numbers = (own: readonly SummaryRow[]): (string | null)[] => {
    if (across === undefined) return [numberText(own[0]!.mean, own[0]!.standardError)];
    return places.map((place) => {
      const row = own.find((candidate) => (candidate[across] ?? null) === place);
      return row === undefined ? null : numberText(row.mean, row.standardError);
    });
  };
  return {
    caption: `Means with one standard error${across === undefined ? '' : `, by ${spaced(across)}`}`,
    columns: [
      { header: 'quantity' },
      ...labels.map((name) => ({ header: spaced(name) })),
      ...(across === undefined ? ['ours'] : places.map((place) => String(place ?? 'ours'))).map((header) => ({
        header,
        align: 'right' as const,
      })),
      ...(hasPaper ? [{ header: 'paper', align: 'right' as const }] : []),
    ],
    rows: groups.map(([, own]) => [
      own[0]!.quantity,
      ...labels.map((name) => text(own[0]![name])),
      ...numbers(own),
      ...(hasPaper ? [own.find(({ paper }) => paper !== null)?.paper ?? null] : []),
    ]),
  };
}

/** With as many decimals as the size calls for; powers of ten for what is tiny. */
function numberText(mean: number, error: number | null): string {
  const size = Math.max(Math.abs(mean), error ?? 0);
  if (size > 0 && size < 1e-4) return [mean, ...(error === null ? [] : [error])].map((value) => value.toExponential(1)).join(' ± ');
  const decimals = size === 0 || !Number.isFinite(size) ? 2 : Math.min(6, Math.max(0, 3 - Math.floor(Math.log10(size))));
  return formatWithError(mean, error, decimals);
}

const symbols = { reproduced: '✓ reproduced', 'not reproduced': '✗ not reproduced', 'cannot be compared': '– cannot be compared' } as const;

/** The verdicts as lines for a terminal. */
export const claimLines = ({ claims }: Pick<Summary, 'claims'>): string =>
  claims.map(({ statement, paper, ours, verdict }) => `${symbols[verdict]}: ${statement}\n    paper: ${paper}; ours: ${ours}`).join('\n');

/** What the paper says, what we found, and by which rule that is the same. */
export const claimsTable = ({ claims }: Pick<Summary, 'claims'>): Table => ({
  caption: 'Statements of the paper',
  columns: ['statement', 'paper', 'ours', 'verdict', 'rule'].map((header) => ({ header, wrap: header !== 'verdict' })),
  rows: claims.map(({ statement, paper, ours, verdict, rule }) => [statement, paper, ours, symbols[verdict], rule]),
});

/** Writes `report.html` and the figures of a finished reproduction into its folder. Returns the report's path. */
export async function writeReport(reproduction: Reproduction, summary: Summary, tables: ResultTables, out: string): Promise<string> {
  const figures = reproduction.figures.flatMap(({ table, caption, ...plot }) => {
    const found = tables[table];
    const drawn = found === undefined ? null : figureOf(plot, found);
    return drawn === null ? [] : [{ name: fileName(plot.title), caption: caption ?? '', ...drawn }];
  });
  for (const { name, figure } of figures) await atomicWrite(join(out, `${name}.svg`), composeSvg(figure));
  const extra = Object.entries(tables).filter(([name]) => name.startsWith('extra-'));
  const sections: Section[] = [
    ...(summary.claims.length === 0 ? [] : [{ heading: 'Against the paper', tables: [claimsTable(summary)] }]),
    { heading: 'Figures', figures: figures.map(({ figure, caption, data }) => ({ figure, caption, data })) },
    { heading: 'Numbers', tables: [summaryTable(summary, reproduction.across)] },
    ...extra.map(([name, { columns, rows }]): Section => ({
      heading: name.replace('extra-', 'Also measured: '),
      tables: [
        {
          columns: columns.map((column) => ({ header: column.name, ...(column.type === 'number' ? { align: 'right' as const } : {}) })),
          rows: rows
            .slice(0, 200)
            .map((row) =>
              columns.map((column) =>
                typeof row[column.name] === 'boolean' ? String(row[column.name]) : ((row[column.name] ?? null) as string | number | null),
              ),
            ),
        },
      ],
    })),
  ];
  const { title, url, id } = reproduction.paper;
  const report: Report = {
    title: reproduction.title,
    lead: [
      `${reproduction.summary[0]!.toUpperCase()}${reproduction.summary.slice(1)}.`,
      ...(reproduction.lead?.(summary.rows, (summary.config as { settings: unknown }).settings) ?? []),
    ],
    facts: factsOf(summary),
    sections: sections.filter(({ figures: own, tables: mine }) => (own?.length ?? 0) + (mine?.length ?? 0) > 0),
    config: summary.config,
    command: summary.command,
    citations: [{ text: `${title} (${url.includes('arxiv.org/abs/') ? `arXiv ${url.split('/').at(-1)!}` : id})`, url }],
  };
  const path = join(out, 'report.html');
  await atomicWrite(path, renderReport(report));
  return path;
}
