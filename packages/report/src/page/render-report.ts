import { escapeHtml } from '../escape.js';
import type { Figure } from '../rows.js';
import { htmlTable } from '../tables/html-table.js';
import type { Report, Section } from './report.js';
import { style } from './style.js';

/**
 * One self-contained HTML file: no script, no network (its own content policy forbids both), inline style and SVG, light and dark.
 * Throws nothing; every text of the report is escaped.
 */
export function renderReport(report: Report): string {
  const facts = report.facts.map(({ label, value }) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeHtml(report.title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escapeHtml(report.title)}</h1>
${paragraphs(report.lead)}
<dl class="facts">${facts}</dl>
</header>
<main>
${report.sections.map(renderSection).join('\n')}
<section>
<h2>Reproduce this</h2>
<pre><code>${escapeHtml(report.command)}</code></pre>
<details><summary>Configuration</summary><pre><code>${escapeHtml(JSON.stringify(report.config, null, 2) ?? '')}</code></pre></details>
</section>
<section>
<h2>References</h2>
<ul>${report.citations.map(renderCitation).join('')}</ul>
</section>
</main>
<footer><p>Made by Basinlab.</p></footer>
</body>
</html>
`;
}

function renderSection({ heading, paragraphs: texts, tables, figures }: Section): string {
  return `<section>
<h2>${escapeHtml(heading)}</h2>
${paragraphs(texts ?? [])}
${(tables ?? []).map((table) => `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(table.caption ?? heading)}">${htmlTable(table)}</div>`).join('\n')}
${(figures ?? []).map(({ figure, caption }) => renderFigure(figure, caption)).join('\n')}
</section>`;
}

function renderFigure(figure: Figure, caption: string): string {
  const legend = figure.legend
    .map(({ name, color }) => `<li><i style="background:${escapeHtml(color)}"></i>${escapeHtml(name)}</li>`)
    .join('');
  const panels = figure.panels.map((panel) => `<div><h3>${escapeHtml(panel.title)}</h3>${panel.svg}</div>`).join('\n');
  return `<figure>
<figcaption>${escapeHtml(figure.title)}</figcaption>
<ul class="legend">${legend}</ul>
<div class="panels">${panels}</div>
<p class="caption">${escapeHtml(caption)}</p>
</figure>`;
}

/** Only web addresses become links: anything else in `url` could run when clicked. */
function renderCitation({ text, url }: Report['citations'][number]): string {
  const label = escapeHtml(text);
  return `<li>${url !== undefined && /^https?:\/\//.test(url) ? `<a href="${escapeHtml(url)}" rel="noreferrer">${label}</a>` : label}</li>`;
}

const paragraphs = (texts: readonly string[]): string => texts.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n');
