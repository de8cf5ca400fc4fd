import { BasinlabError, demand } from '@basinlab/core';

/** A text as places in the sorted list of its characters (code points). */
export interface CharacterTokens {
  readonly tokens: Int32Array;
  /** Those of the alphabet, or every one that occurs, in order of its code point. */
  readonly characters: readonly string[];
}

/**
 * Tokens of a text, one for each character: places in an alphabet, by default in that of the text.
 * @throws BasinlabError for a character that the alphabet does not have, or has twice
 */
export function characterTokens(text: string, alphabet?: string): CharacterTokens {
  const points = Int32Array.from(Array.from(text, (character) => character.codePointAt(0)!));
  const sorted =
    alphabet === undefined ? [...new Set(points)].sort((a, b) => a - b) : Array.from(alphabet, (character) => character.codePointAt(0)!);
  const placeOf = new Map(sorted.map((point, place) => [point, place]));
  demand(placeOf.size === sorted.length, 'options.alphabet', 'every character once', alphabet);
  const unknown = points.findIndex((point) => !placeOf.has(point));
  if (unknown >= 0)
    throw new BasinlabError('text', `characters of the alphabet ${alphabet!}`, `"${String.fromCodePoint(points[unknown]!)}" at ${unknown}`);
  return { tokens: points.map((point) => placeOf.get(point)!), characters: sorted.map((point) => String.fromCodePoint(point)) };
}
