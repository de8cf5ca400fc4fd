import { nearest } from '@basinlab/core/container';

/** `Did you mean X?`, or the known names where none is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === null ? `Known: ${known.join(', ')}` : `Did you mean ${near}?`;
}
