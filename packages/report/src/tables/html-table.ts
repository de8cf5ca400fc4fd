import { escapeHtml } from '../escape.js';
import type { Table } from './table.js';
import { cellText } from './table.js';

/** The table as HTML: caption, header cells with scope, the first cell of a row as its header. Everything is escaped. */
export function htmlTable({ caption, columns, rows }: Table): string {
  const css = (i: number) => (columns[i]!.align === 'right' ? ' class="number"' : columns[i]!.wrap === true ? ' class="wrap"' : '');
  const header = columns.map((column, i) => `<th scope="col"${css(i)}>${escapeHtml(column.header)}</th>`).join('');
  const body = rows.map((row) => {
    const cells = columns.map((_, i) => {
      const text = escapeHtml(cellText(row[i]));
      return i === 0 ? `<th scope="row"${css(i)}>${text}</th>` : `<td${css(i)}>${text}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<table>${caption === undefined ? '' : `<caption>${escapeHtml(caption)}</caption>`}<thead><tr>${header}</tr></thead><tbody>${body.join('\n')}</tbody></table>`;
}
