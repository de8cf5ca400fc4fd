import { lossAt, type Curve } from './curve.js';

/** Adds a row to the table of what was measured; the first replaces the row that says that nothing was. */
export function addNumbers(table: HTMLElement, name: string, curve: Curve): void {
  if (table.querySelector('[colspan]') !== null) table.replaceChildren();
  const row = document.createElement('tr');
  const title = document.createElement('th');
  title.scope = 'row';
  title.textContent = name;
  const values = [curve.barrier, curve.loss[0]!, lossAt(curve, 0.5), curve.loss.at(-1)!].map((value) => value.toFixed(3));
  const halfway = curve.accuracy[(curve.accuracy.length - 1) / 2]!;
  row.append(title, ...[...values, `${halfway.toFixed(1)}%`].map(cell));
  table.append(row);
}

function cell(text: string): HTMLTableCellElement {
  const made = document.createElement('td');
  made.textContent = text;
  return made;
}
