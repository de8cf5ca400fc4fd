import type { Dataset } from '@basinlab/core';
import { z } from 'zod';
import { datasetFolder } from '../files/dataset-folder.js';
import type { KnownFile } from '../files/known-file.js';
import { hasFile, readKnownFile } from '../files/read-known-file.js';
import { tokenFields, tokenize } from './tokenize.js';
import { decodeText, windowFields } from './text.js';
import { tokenWindows } from './windows.js';

const options = z.strictObject({
  /** Folder with `input.txt`. Default: where `basinlab data fetch tiny-shakespeare` puts it. */
  directory: z.string().optional(),
  /** Whether the file must have the published checksum. */
  verify: z.boolean().default(true),
  ...tokenFields,
  ...windowFields,
});
/** Options of `tiny-shakespeare`. */
export type TinyShakespeareOptions = z.output<typeof options>;

/** The published file. */
export const TINY_SHAKESPEARE_FILE = {
  name: 'input.txt',
  sha256: '86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed',
} as const satisfies KnownFile;

const remedy = 'Run `npx basinlab data fetch tiny-shakespeare`, or give options.directory a folder with input.txt';

/** 1,115,394 characters of Shakespeare's plays, 65 different ones, in windows that do not overlap: what comes next? Karpathy 2015, char-rnn. */
export const tinyShakespeare: Dataset<TinyShakespeareOptions> = {
  id: 'tiny-shakespeare',
  summary: "Shakespeare's plays, 1.1 million characters: what comes next (1 MB)",
  options,
  async status() {
    const folder = datasetFolder('tiny-shakespeare');
    return (await hasFile(folder, TINY_SHAKESPEARE_FILE)) ? { available: true, where: folder } : { available: false, where: remedy };
  },
  async load({ directory, verify, ...cut }) {
    const folder = directory ?? datasetFolder('tiny-shakespeare');
    const bytes = await readKnownFile(folder, TINY_SHAKESPEARE_FILE, { set: 'tiny-shakespeare', verify, remedy });
    const { tokens, vocabulary } = await tokenize(decodeText('tiny-shakespeare/input.txt', bytes), cut);
    return tokenWindows('tiny-shakespeare', tokens, vocabulary, cut);
  },
};
