/** A result as comma-separated values (RFC 4180, lines end in a newline): texts in quotes where they need them, null empty, the rest as JSON. */
export function toCsv({
  columns,
  rows,
}: {
  readonly columns: readonly { readonly name: string }[];
  readonly rows: readonly (readonly unknown[])[];
}): string {
  const lines = [columns.map(({ name }) => name), ...rows.map((row) => row.map(text))];
  return `${lines.map((line) => line.map(escaped).join(',')).join('\n')}\n`;
}

const text = (value: unknown): string => (value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value));

const escaped = (field: string): string => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
