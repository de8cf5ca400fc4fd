import { z } from 'zod';

const count = z.number().int().positive();

/** At most so many samples of each part, the first ones of its order: for quick trials. */
export const limitField = z.strictObject({ train: count.optional(), validation: count.optional(), test: count.optional() }).default({});
/** See {@link limitField}. */
export type Limit = z.output<typeof limitField>;

/** What every set of images can be asked for. */
export const imageOptions = {
  /** Share of the training images that is set aside for validation. */
  validationFraction: z.number().min(0).lt(1).default(0.1),
  /** Which images those are. */
  splitSeed: z.number().int().default(42),
  limit: limitField,
  /** Whether the files must be the published ones, byte for byte. */
  verify: z.boolean().default(true),
};

export interface ImageOptions {
  readonly flatten: boolean;
  readonly validationFraction: number;
  readonly splitSeed: number;
  readonly limit: Limit;
}
