import { z } from 'zod';

/** Which parameters are not decayed: option of every optimizer. */
export const undecayed = z.array(z.string()).default([]);

export interface WeightDecay {
  readonly weightDecay: number;
  /** Ends of dotted parameter names, for example `bias` or `norm.weight`. */
  readonly undecayed: readonly string[];
}

/** The weight decay of one parameter: 0 where its name ends in one of `undecayed`. */
export const decayOf = (o: WeightDecay, name: string): number =>
  o.undecayed.some((end) => name === end || name.endsWith(`.${end}`)) ? 0 : o.weightDecay;
