import { composeSvg, type Figure, type Report, type Section } from '@basinlab/report';
import { papers } from '../../shared/papers.js';
import type { Summary } from '../../shared/contract.js';
import { factsOf } from '../../shared/facts.js';

/** A section with its figures by file name. */
export interface FiguredSection extends Omit<Section, 'figures'> {
  readonly figures: readonly { readonly name: string; readonly figure: Figure; readonly caption: string }[];
}

/** The report of one of these reproductions and its figures as files. */
export function assembleReport(
  summary: Summary,
  { title, lead, sections }: { title: string; lead: readonly string[]; sections: readonly FiguredSection[] },
): { report: Report; files: Record<string, string> } {
  const files = Object.fromEntries(
    sections.flatMap(({ figures }) => figures.map(({ name, figure }) => [`${name}.svg`, composeSvg(figure)])),
  );
  const report: Report = {
    title,
    lead,
    facts: factsOf(summary),
    sections,
    config: summary.config,
    command: summary.command,
    citations: [{ text: `${papers.B.title} (arXiv 2505.23681)`, url: papers.B.url }],
  };
  return { report, files };
}

/** Short decimal or scientific notation. */
export const short = (value: number): string => {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(1);
};
