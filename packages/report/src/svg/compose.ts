import { escapeHtml } from '../escape.js';
import { paletteCss } from '../palette.js';
import type { Figure, LegendEntry } from '../rows.js';

const head = 34;
const legendHeight = 26;
const panelTitle = 22;
const gap = 16;

/** One standalone SVG file of a figure: title, panels in rows of `columns` with their titles, legend. Follows the viewer's light or dark theme. */
export function composeSvg(figure: Figure, columns = 2): string {
  const across = Math.max(1, Math.min(columns, figure.panels.length));
  const cellWidth = Math.max(0, ...figure.panels.map((panel) => panel.width)) + gap;
  const cellHeight = Math.max(0, ...figure.panels.map((panel) => panel.height)) + panelTitle + gap;
  const width = across * cellWidth + gap;
  const height = head + legendHeight + Math.ceil(figure.panels.length / across) * cellHeight;
  const cells = figure.panels.map((panel, i) => {
    const x = gap + (i % across) * cellWidth;
    const y = head + legendHeight + Math.floor(i / across) * cellHeight;
    return `<text x="${x + 4}" y="${y + 14}" font-weight="600" font-size="13">${escapeHtml(panel.title)}</text>
<g transform="translate(${x},${y + panelTitle})">${panel.svg}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(figure.title)}" font-family="system-ui, sans-serif" class="figure" fill="currentColor">
<style>.figure{color:#1f2328;background:#fff;${paletteCss('light')}}@media (prefers-color-scheme: dark){.figure{color:#e6e6e6;background:#16181c;${paletteCss('dark')}}}</style>
<title>${escapeHtml(figure.title)}</title>
<text x="${gap + 4}" y="22" font-size="16" font-weight="600">${escapeHtml(figure.title)}</text>
${legendSvg(figure.legend, gap + 4, head)}
${cells.join('\n')}
</svg>
`;
}

function legendSvg(legend: readonly LegendEntry[], left: number, top: number): string {
  let x = left;
  return legend
    .map(({ name, color }) => {
      const at = x;
      x += 34 + name.length * 7;
      return `<path d="M${at},${top + 8}h16" stroke="${escapeHtml(color)}" stroke-width="3"/><text x="${at + 21}" y="${top + 12}" font-size="12">${escapeHtml(name)}</text>`;
    })
    .join('');
}
