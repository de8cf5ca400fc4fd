import { escapeHtml } from '../escape.js';
import type { Panel } from '../rows.js';
import { htmlTable } from '../tables/html-table.js';
import { figureExtras } from './downloads.js';
import type { Report, ReportFigure, Section } from './report.js';
import { script } from './script.js';
import { htmlPage } from './shell.js';

/**
 * One self-contained HTML file: no network, and no script but its own small one (the page's content policy forbids both), inline style and SVG, light
 * and dark.
 * Throws nothing; every text of the report is escaped.
 */
export function renderReport(report: Report): string {
  const facts = report.facts.map(({ label, value }) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`).join('');
  const body = `<header>
<button id="theme" type="button">Light or dark</button>
<h1>${escapeHtml(report.title)}</h1>
${paragraphs(report.lead)}
<dl class="facts">${facts}</dl>
</header>
<main>
${report.sections.map(renderSection).join('\n')}
<section>
<h2>Reproduce this</h2>
<pre tabindex="0"><code>${escapeHtml(report.command)}</code></pre>
<details><summary>Configuration</summary><pre tabindex="0"><code>${escapeHtml(JSON.stringify(report.config, null, 2) ?? '')}</code></pre></details>
</section>
<section>
<h2>References</h2>
<ul>${report.citations.map(renderCitation).join('')}</ul>
</section>
</main>`;
  return htmlPage({ title: report.title, body, script });
}

function renderSection({ heading, paragraphs: texts, tables, figures }: Section): string {
  return `<section>
<h2>${escapeHtml(heading)}</h2>
${paragraphs(texts ?? [])}
${(tables ?? []).map((table) => `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(table.caption ?? heading)}">${htmlTable(table)}</div>`).join('\n')}
${(figures ?? []).map(renderFigure).join('\n')}
</section>`;
}

function renderFigure({ figure, caption, data }: ReportFigure): string {
  const legend = figure.legend
    .map(({ name, color }) => `<li><i style="background:${escapeHtml(color)}"></i>${escapeHtml(name)}</li>`)
    .join('');
  const panels = figure.panels.map((panel) => `<div><h3>${escapeHtml(panel.title)}</h3>${renderPanel(panel)}</div>`).join('\n');
  return `<figure>
<figcaption>${escapeHtml(figure.title)}</figcaption>
${legend === '' ? '' : `<ul class="legend">${legend}</ul>`}
<div class="panels">${panels}</div>
<p class="caption">${escapeHtml(caption)}</p>
${figureExtras(figure, data)}
</figure>`;
}

/** Cells beyond this many are shown, not told. */
const mostCells = 300_000;

function renderPanel({ title, svg, cells }: Panel): string {
  if (cells === undefined || cells.values.length > mostCells) return svg;
  const { values, ...axes } = cells;
  const packed = Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
  // A data block that runs nothing; `<` could end it early.
  const block = JSON.stringify({ ...axes, values: packed }).replaceAll('<', '\\u003c');
  const label = `Cells of ${title}: arrow keys move, plus and minus zoom, Escape leaves`;
  return `<div class="cells" tabindex="0" role="group" aria-label="${escapeHtml(label)}">${svg}<output aria-live="polite"></output><script type="application/json">${block}</script></div>`;
}

/** Only web addresses become links: anything else in `url` could run when clicked. */
function renderCitation({ text, url }: Report['citations'][number]): string {
  const label = escapeHtml(text);
  return `<li>${url !== undefined && /^https?:\/\//.test(url) ? `<a href="${escapeHtml(url)}" rel="noreferrer">${label}</a>` : label}</li>`;
}

const paragraphs = (texts: readonly string[]): string => texts.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n');
