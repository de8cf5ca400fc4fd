/** Text that is equal exactly for equal attributes; unlike JSON it tells NaN, infinities, -0 and undefined apart. */
export function attributesKey(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(attributesKey).join()}]`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}[${Array.from(value as unknown as ArrayLike<number>).join()}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([name, entry]) => `${name}:${attributesKey(entry)}`)
      .join()}}`;
  }
  if (typeof value === 'string') return JSON.stringify(value);
  return Object.is(value, -0) ? '-0' : String(value);
}
