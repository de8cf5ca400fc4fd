import { readFile } from 'node:fs/promises';
import { BasinlabError, type Dataset } from '@basinlab/core';
import { z } from 'zod';
import { requireChecksum } from '../files/checksum.js';
import { limitField } from '../images/image-options.js';
import { tokenFields, tokenize } from './tokenize.js';
import { tokenWindows } from './windows.js';

const share = z.number().gt(0).lt(1);

/** Options of how a text is cut. */
export const windowFields = {
  /** Tokens of a sample. */
  length: z.number().int().positive().default(64),
  /** Shares of the text for training, validation and test, from its beginning. */
  shares: z
    .tuple([share, share, share])
    .refine((shares) => Math.abs(shares.reduce((sum, one) => sum + one, 0) - 1) < 1e-9, { error: 'three shares whose sum is 1' })
    .default([0.9, 0.05, 0.05]),
  limit: limitField,
  /** Share of the tokens of a sample that are hidden and asked for (masked language modelling). Default: what comes next is asked for. */
  masked: z.number().gt(0).lt(1).optional(),
};

const options = z.strictObject({
  /** A text in UTF-8. */
  file: z.string(),
  /** SHA-256 that the file must have. */
  sha256: z.string().optional(),
  ...tokenFields,
  ...windowFields,
});
/** Options of `text`. */
export type TextOptions = z.output<typeof options>;

/** Any text, by characters or byte pairs: what comes next, or what is hidden? */
export const text: Dataset<TextOptions> = {
  id: 'text',
  summary: 'Your own text in UTF-8, by characters or byte pairs: what comes next, or what is hidden',
  options,
  status: () => Promise.resolve({ available: true, where: 'the file that options.file names' }),
  async load({ file, sha256, ...cut }) {
    const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
      throw new BasinlabError(file, 'a readable file', cause.code ?? cause.message, { cause });
    });
    requireChecksum(file, 'sha256', bytes, sha256);
    const { tokens, vocabulary } = await tokenize(decodeText(file, bytes), cut);
    return tokenWindows(file, tokens, vocabulary, cut);
  },
};

/** UTF-8 bytes as a string. @throws BasinlabError for bytes that are none */
export function decodeText(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new BasinlabError(name, 'text in UTF-8', 'other bytes', { cause });
  }
}
