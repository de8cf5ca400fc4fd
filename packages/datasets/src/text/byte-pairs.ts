import { BasinlabError } from '@basinlab/core';

/** Tokens of GPT-2's vocabulary: 256 bytes, 50,000 merges and the end of a text. */
export const BYTE_PAIR_VOCABULARY = 50_257;

/**
 * A text as byte pairs with GPT-2's ranks; what looks like a special token is text. Needs the package `gpt-tokenizer`. Radford et al. 2019; Sennrich et al. 2016.
 * @throws BasinlabError where the package is not installed
 */
export async function bytePairTokens(text: string): Promise<Int32Array> {
  const { encode } = await import('gpt-tokenizer/encoding/r50k_base').catch((cause: unknown) => {
    throw new BasinlabError('text', 'the package gpt-tokenizer, for byte pairs', 'none', { cause, remedy: 'npm install gpt-tokenizer' });
  });
  return Int32Array.from(encode(text, { disallowedSpecial: new Set() }));
}

/** Tokens as places in the sorted list of those that occur, and that list: what never occurs needs no row. */
export function occurringTokens(tokens: Int32Array): { readonly tokens: Int32Array; readonly occurring: Int32Array } {
  const occurring = Int32Array.from(new Set(tokens)).sort();
  const placeOf = new Map(Array.from(occurring, (token, place) => [token, place]));
  return { tokens: tokens.map((token) => placeOf.get(token)!), occurring };
}
