import { withoutControls } from '../escape.js';
import type { Table } from './table.js';
import { cellText } from './table.js';

const length = (text: string): number => [...text].length;

/** The table as aligned lines for a terminal, without trailing spaces; control characters in cells are dropped. */
export function textTable({ caption, columns, rows }: Table): string {
  const clean = (text: string) => withoutControls(text).replace(/\s+/g, ' ');
  const lines = [columns.map((column) => clean(column.header)), ...rows.map((row) => columns.map((_, i) => clean(cellText(row[i]))))];
  const widths = columns.map((_, i) => lines.reduce((most, line) => Math.max(most, length(line[i]!)), 0));
  const text = lines.map((line) =>
    line
      .map((cell, i) => {
        const space = ' '.repeat(widths[i]! - length(cell));
        return columns[i]!.align === 'right' ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
  text.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  return `${caption === undefined ? '' : `${clean(caption)}\n\n`}${text.join('\n')}\n`;
}
