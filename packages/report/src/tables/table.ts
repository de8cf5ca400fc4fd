/** Heading and setting of a column. */
export interface Column {
  readonly header: string;
  /** Default `left`. */
  readonly align?: 'left' | 'right';
  /** Sentences, which break into lines on a page. */
  readonly wrap?: boolean;
}

/** What a cell shows. */
export type Cell = string | number | null;

/** Rows of cells under named columns; null is a value that does not exist. */
export interface Table {
  readonly caption?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A cell as both tables show it: numbers to four significant digits, null as a dash. */
export function cellText(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '–';
  return typeof cell === 'number' ? formatNumber(cell) : cell;
}

/** Four significant digits without trailing zeros (`0.01234`, `97.5`); powers of ten outside [1e-4, 1e6). */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value === 0 ? 0 : value);
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) return value.toExponential(2);
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** `mean ± error` with as many decimals for both; the mean alone where there is no error. */
export function formatWithError(mean: number, standardError: number | null, decimals = 2): string {
  if (!Number.isFinite(mean)) return String(mean);
  const fixed = (value: number) => (Object.is(Number(value.toFixed(decimals)), -0) ? (0).toFixed(decimals) : value.toFixed(decimals));
  return standardError === null ? fixed(mean) : `${fixed(mean)} ± ${fixed(standardError)}`;
}
