import type { AlignmentContext, AlignmentSide, GroupKind, LossAlignmentContext, RebasinStrategy, SymmetryTransform } from '@basinlab/core';
import { z } from 'zod';
import { manyToFirst } from '../many/match-many.js';
import { matchMaps } from '../invertible-matching/index.js';
import { matchScaled } from '../scaled-matching/index.js';
import { groupKinds } from '../transform/index.js';
import { matchWeights } from '../weight-matching/index.js';
import { lambdaSamplers } from './lambda.js';
import { matchLearned, matchLearnedMany } from './match-learned.js';

const whole = z.number().int().positive();

const schema = z.strictObject({
  start: z.enum(['matching', 'identity']).default('matching').describe('where it begins: what weights alone give, or nothing'),
  objective: z
    .enum(['loss', 'distance'])
    .default('loss')
    .describe('what is minimised: the loss between both, or the distance of the weights, without data'),
  steps: whole.default(300).describe('steps of AdamW on the latents'),
  learningRate: z.number().positive().default(1e-3),
  warmup: z.number().min(0).max(1).default(0.05).describe('share of the steps in which the rate grows'),
  weightDecay: z.number().nonnegative().default(0),
  decayTo: z.enum(['start', 'zero']).default('start').describe('what latents decay to'),
  clip: z.number().positive().default(1).describe('largest norm of all gradients together'),
  batch: whole.default(32).describe('examples per step'),
  lambda: z.enum(lambdaSamplers).default('narrow-uniform').describe('how the share of the first model is drawn'),
  concentration: z
    .number()
    .positive()
    .default(0.1)
    .describe('of the Dirichlet distribution from which the weights of more than two models are drawn'),
  permutationsOnly: z.boolean().default(false).describe('permute groups that have signs, factors, angles, rotations or maps'),
  soft: z
    .boolean()
    .default(false)
    .describe('keep permutations doubly stochastic until the end (Sinkhorn), without signs, factors and angles'),
  assign: z
    .boolean()
    .default(true)
    .describe('make permutations of soft ones in the end; without that the second model changes its function'),
  dual: z.boolean().default(false).describe('move both models'),
  noise: z.number().nonnegative().default(0).describe('deviation of what is added to where latents start'),
  every: whole.default(25).describe('steps between looks at the midpoint, of which the best is kept'),
  patience: whole.default(8).describe('looks without a better one after which it stops'),
  heldOut: whole.optional().describe('examples for looks, which no step sees'),
});
/** Options of `learned-matching`. */
export type LearnedMatchingSettings = z.output<typeof schema>;

/** A strategy that learns from where another one, which needs weights alone, has come. */
export interface LearnedStrategy {
  /** Default `learned-matching`. */
  readonly id?: string;
  /** What it starts from, in words. Default `weight matching`. */
  readonly from?: string;
  /** Default: weight matching. */
  start?(a: AlignmentSide, b: AlignmentSide, context: AlignmentContext, settings: LearnedMatchingSettings): Promise<SymmetryTransform>;
  /** The same for several models: a transform for each. Default: weight matching of many. */
  startMany?(
    models: readonly AlignmentSide[],
    context: AlignmentContext,
    settings: LearnedMatchingSettings,
  ): Promise<readonly SymmetryTransform[]>;
}

/** Aligns by {@link matchLearned}: needs the network and labelled examples unless the objective is the distance. */
export function learnedMatching(options: Partial<LearnedMatchingSettings> = {}, strategy: LearnedStrategy = {}): RebasinStrategy {
  const settings = schema.parse(options);
  const { id = 'learned-matching', from = 'weight matching', start = fromWeights, startMany = manyFromWeights } = strategy;
  const { heldOut, ...rest } = settings;
  const descent = { ...rest, ...(heldOut === undefined ? {} : { heldOut }) };
  const align = async (a: AlignmentSide, b: AlignmentSide, context: AlignmentContext, loss: LossAlignmentContext | null) => {
    const first = settings.start === 'identity' ? {} : await start(a, b, context, settings);
    return (await matchLearned(a, b, { ...descent, ...context, loss, start: first })).transform;
  };
  const alignMany = async (models: readonly AlignmentSide[], context: AlignmentContext, loss: LossAlignmentContext | null) => {
    const starts = settings.start === 'identity' ? models.map(() => ({})) : await startMany(models, context, settings);
    return (await matchLearnedMany(models, { ...descent, ...context, loss, starts: starts.slice(1) })).transforms;
  };
  const shared = {
    id,
    summary: `Learns what each group may do (permutations, signs, factors, angles, rotations, maps) from ${from} on, by gradients of the loss between both models`,
    settings: { schema, configure: (changed: unknown) => learnedMatching(schema.parse(changed), strategy) },
  };
  return settings.objective === 'loss'
    ? {
        ...shared,
        needs: 'loss',
        align: (a, b, context) => align(a, b, context, context),
        alignMany: (models, context) => alignMany(models, context, context),
      }
    : {
        ...shared,
        needs: 'weights',
        align: (a, b, context) => align(a, b, context, null),
        alignMany: (models, context) => alignMany(models, context, null),
      };
}

const manyFromWeights: NonNullable<LearnedStrategy['startMany']> = (models, context) => manyToFirst(models, context);

/** Units that may be scaled or mapped are compared by {@link matchScaled} or {@link matchMaps}: inner products do not recognise what has been. */
const fromWeights: NonNullable<LearnedStrategy['start']> = async (a, b, { specs, key, signal }, { permutationsOnly, soft }) => {
  const around = { specs, key, ...(signal === undefined ? {} : { signal }) };
  const kinds = [...groupKinds(specs).values()];
  const has = (kind: GroupKind): boolean => !permutationsOnly && kinds.includes(kind);
  if (has('invertible')) return matchMaps(a.params, b.params, around);
  const isScaled = !soft && has('scaled-permutation');
  return isScaled ? matchScaled(a.params, b.params, around) : (await matchWeights(a.params, b.params, around)).transform;
};
