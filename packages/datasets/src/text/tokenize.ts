import { z } from 'zod';
import { BYTE_PAIR_VOCABULARY, bytePairTokens, occurringTokens } from './byte-pairs.js';
import { characterTokens } from './characters.js';

/** Options of what a text is made of. */
export const tokenFields = {
  /** Characters that occur, or byte pairs with GPT-2's ranks (package `gpt-tokenizer`). */
  tokens: z.enum(['characters', 'gpt2']).default('characters'),
  /** Characters in the order of their numbers, as a model from elsewhere has them. Default: those that occur, by code point. */
  alphabet: z.string().min(2).optional(),
  /** Whether byte pairs that never occur in the text are left out of the vocabulary: the same losses, with fewer rows. */
  onlyOccurring: z.boolean().default(false),
};
/** See {@link tokenFields}. */
export type TokenOptions = z.output<z.ZodObject<typeof tokenFields>>;

/** A text as tokens below the vocabulary. */
export async function tokenize(
  text: string,
  { tokens: kind, alphabet, onlyOccurring }: TokenOptions,
): Promise<{ readonly tokens: Int32Array; readonly vocabulary: number }> {
  if (kind === 'characters') {
    const { tokens, characters } = characterTokens(text, alphabet);
    return { tokens, vocabulary: characters.length };
  }
  const all = await bytePairTokens(text);
  if (!onlyOccurring) return { tokens: all, vocabulary: BYTE_PAIR_VOCABULARY };
  const { tokens, occurring } = occurringTokens(all);
  return { tokens, vocabulary: occurring.length };
}
