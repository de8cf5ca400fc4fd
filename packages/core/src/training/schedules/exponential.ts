import { z } from 'zod';
import type { Schedule } from '../../contracts/index.js';
import { lookUp } from './table.js';

const options = z.strictObject({
  gamma: z.number().positive(),
  /** Epochs after which the rate stays as it is. */
  epochs: z.number().int().positive(),
});
/** Options of `exponential`. */
export type ExponentialOptions = z.output<typeof options>;

/** gamma^min(epoch, epochs): exponential, then constant. 1.259 over 20 epochs is the hundredfold warm-up of the reference's ResNets. */
export const exponential: Schedule<ExponentialOptions> = {
  id: 'exponential',
  options,
  factor: (o, { epoch }) =>
    lookUp(
      Array.from({ length: o.epochs + 1 }, (_, count) => o.gamma ** count),
      epoch,
    ),
};
