/** A text as places in the sorted list of its characters (code points). */
export interface CharacterTokens {
  readonly tokens: Int32Array;
  /** Every character that occurs, in order of its code point. */
  readonly characters: readonly string[];
}

/** Tokens of a text, one for each character. */
export function characterTokens(text: string): CharacterTokens {
  const points = Int32Array.from(Array.from(text, (character) => character.codePointAt(0)!));
  const sorted = [...new Set(points)].sort((a, b) => a - b);
  const placeOf = new Map(sorted.map((point, place) => [point, place]));
  return { tokens: points.map((point) => placeOf.get(point)!), characters: sorted.map((point) => String.fromCodePoint(point)) };
}
