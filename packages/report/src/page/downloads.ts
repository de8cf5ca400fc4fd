import { parquetWriteBuffer, type BasicType } from 'hyparquet-writer';
import { escapeHtml } from '../escape.js';
import type { PlottedTable } from '../plots/figure-of.js';
import type { Figure } from '../rows.js';
import { composeSvg } from '../svg/compose.js';
import { toCsv } from '../tables/csv.js';
import { htmlTable } from '../tables/html-table.js';

/** Rows beyond this are in the files beside the report only: they would make the page slow. */
const most = { table: 100, files: 20_000 };

const link = (name: string, type: string, content: string | Uint8Array, label: string): string =>
  `<a download="${escapeHtml(name)}" href="data:${type};base64,${Buffer.from(content).toString('base64')}">${label}</a>`;

/** Links to a figure as SVG and its rows as CSV and Parquet, all within the page, and the rows as a table that can be unfolded. */
export function figureExtras(figure: Figure, data: PlottedTable | undefined): string {
  const name = figure.title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const svg = link(`${name}.svg`, 'image/svg+xml', composeSvg(figure), 'SVG');
  if (data === undefined || data.rows.length > most.files) return `<p class="files">${svg}</p>`;
  const { columns, rows } = data;
  const plain = rows.map((row) => columns.map((column) => row[column.name] ?? null));
  const csv = link(`${name}.csv`, 'text/csv', toCsv({ columns, rows: plain }), 'CSV');
  const parquet = link(`${name}.parquet`, 'application/vnd.apache.parquet', toParquet(data), 'Parquet');
  const table = htmlTable({
    columns: columns.map((column) => ({
      header: column.unit === undefined ? column.name : `${column.name} (${column.unit})`,
      align: column.type === 'number' ? 'right' : 'left',
    })),
    rows: plain.slice(0, most.table).map((row) => row.map((value) => (typeof value === 'boolean' ? String(value) : value))),
  });
  const cut = rows.length > most.table ? `<p class="caption">The first ${most.table} of ${rows.length} rows.</p>` : '';
  return `<p class="files">${svg} ${csv} ${parquet}</p>
<details><summary>Data of ${escapeHtml(figure.title)}</summary><div class="scroll" tabindex="0" role="region" aria-label="Data of ${escapeHtml(figure.title)}">${table}</div>${cut}</details>`;
}

function toParquet({ columns, rows }: PlottedTable): Uint8Array {
  const columnData = columns.map(({ name, type }) => ({
    name,
    type: (type === 'number' ? 'DOUBLE' : 'STRING') as BasicType,
    data: rows.map((row) => {
      const value = row[name] ?? null;
      return type === 'number' || value === null ? value : String(value);
    }),
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData, createdBy: 'basinlab' }));
}
