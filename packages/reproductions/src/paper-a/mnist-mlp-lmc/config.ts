import { z } from 'zod';
import type { Scale } from '@basinlab/core';

const count = z.number().int().positive();

/** One population: its symmetry breaking and the deviation of its fixed weights (`standard` has none). */
const population = z
  .strictObject({ network: z.enum(['standard', 'w', 'syre']), fixedScale: z.number().nonnegative().nullable().default(null) })
  .refine(
    ({ network, fixedScale }) => (network === 'standard') === (fixedScale === null),
    'a fixedScale for w and syre, none for standard',
  );

export const alignments = ['none', 'weight-matching', 'activation-matching'] as const;
export const splits = ['train', 'validation', 'test'] as const;

export const configSchema = z.strictObject({
  seed: z.number().int().nonnegative(),
  data: z.strictObject({
    /** The first samples of each split only; null takes all. */
    trainSamples: count.nullable(),
    testSamples: count.nullable(),
  }),
  model: z.strictObject({
    width: count,
    /** Hidden layers. */
    depth: count,
    norm: z.enum(['layer', 'batch', 'layer-linear', 'batch-linear', 'none']),
    activation: z.enum(['relu', 'gelu', 'identity']),
  }),
  /** Fixed weights per unit of W networks and layer; `scaled` is 64 of the inputs, an eighth of a hidden width and half of the last, which at width 512 is the paper's 64/64/64/256. */
  fixedPerUnit: z.union([z.literal('scaled'), z.array(z.number().int().nonnegative())]),
  networks: z.array(population).min(1),
  training: z.strictObject({
    models: count.min(2).multipleOf(2),
    epochs: count,
    batchSize: count,
    learningRate: z.number().positive(),
    /** `cosine` falls to zero over the epochs, where there are too few for a constant rate. */
    schedule: z.enum(['constant', 'cosine']),
    weightDecay: z.number().nonnegative(),
  }),
  measure: z.strictObject({
    alignments: z.array(z.enum(alignments)).min(1),
    splits: z.array(z.enum(splits)).min(1),
    /** Points on the path, both ends included. */
    points: count.min(3),
    /** Training samples on which activations are compared. */
    activationSamples: count.min(2),
    /** Descents of weight matching per pair. */
    restarts: count,
  }),
});

export type MnistMlpLmcConfig = z.output<typeof configSchema>;

/** What describes how a population is trained. */
export type PopulationSettings = Pick<MnistMlpLmcConfig, 'seed' | 'data' | 'model' | 'fixedPerUnit' | 'training'>;

const paper: MnistMlpLmcConfig = {
  seed: 1,
  data: { trainSamples: null, testSamples: null },
  model: { width: 512, depth: 3, norm: 'layer', activation: 'gelu' },
  fixedPerUnit: 'scaled',
  networks: [
    { network: 'standard', fixedScale: null },
    { network: 'w', fixedScale: 0 },
    { network: 'w', fixedScale: 1 },
    { network: 'syre', fixedScale: 1 },
  ],
  training: { models: 16, epochs: 100, batchSize: 64, learningRate: 1e-3, schedule: 'constant', weightDecay: 0.01 },
  measure: { alignments: [...alignments], splits: [...splits], points: 37, activationSamples: 10_000, restarts: 10 },
};

/** The paper's set-up, and smaller ones: `small` keeps networks and data and shortens training, `smoke` only shows that everything runs. */
export function defaults(scale: Scale): MnistMlpLmcConfig {
  switch (scale) {
    case 'paper':
      return paper;
    case 'small':
      return {
        ...paper,
        // With so few epochs a constant rate of 1e-3 leaves syre networks at 96% test accuracy.
        training: { ...paper.training, models: 2, epochs: 4, learningRate: 3e-3, schedule: 'cosine' },
        measure: { ...paper.measure, splits: ['test'], points: 11, activationSamples: 5_000, restarts: 2 },
      };
    case 'smoke':
      return {
        ...paper,
        data: { trainSamples: 2_560, testSamples: 500 },
        model: { ...paper.model, width: 64 },
        training: { ...paper.training, models: 2, epochs: 1 },
        measure: { ...paper.measure, splits: ['test'], points: 5, activationSamples: 500, restarts: 2 },
      };
    default:
      return scale satisfies never;
  }
}

/** Fixed weights per unit and layer of a W network, first layer first. */
export function fixedPerUnit({ fixedPerUnit: given, model }: PopulationSettings): readonly number[] {
  if (given !== 'scaled') return given;
  const hidden = Array.from({ length: model.depth - 1 }, () => Math.floor(model.width / 8));
  return [64, ...hidden, Math.floor(model.width / 2)];
}
