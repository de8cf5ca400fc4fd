/** First key that an object of a valid JSON text holds twice (`JSON.parse` silently keeps the last), or undefined. */
export function duplicateKey(json: string): string | undefined {
  const open: (Set<string> | null)[] = [];
  // Strings, with the colon that makes them keys, and brackets; everything else between them is skipped.
  for (const [token, text, colon] of json.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[[\]{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (colon !== undefined) {
      const key = JSON.parse(text!) as string;
      const seen = open.at(-1)!;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}
