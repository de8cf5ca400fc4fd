import type { z } from 'zod';
import type { experimentSchema } from '../experiment/schema.js';

/** A published experiment under a name in words. */
export interface Preset {
  readonly id: string;
  readonly summary: string;
  /** Configs of the paper's code that say the same, by file name; empty where it has none. */
  readonly reference: readonly string[];
  /** What is not as in the reference, or is a choice of ours. */
  readonly note?: string;
  readonly experiment: z.input<typeof experimentSchema>;
  /** `path=value` overrides that make it a trial, or something for minutes on two cores. */
  readonly scales: { readonly smoke: readonly string[]; readonly small: readonly string[] };
}

/** One line of a family's table: what tells its presets apart. */
export interface Variant {
  /** Last part of the preset's id. */
  readonly name: string;
  readonly summary: string;
  readonly reference?: readonly string[];
  readonly note?: string;
  readonly breaking: NonNullable<Preset['experiment']['breaking']>;
}
