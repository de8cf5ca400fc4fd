import type { Scale } from '@basinlab/core';
import { experimentSchema, parseConfig, type Experiment } from '@basinlab/experiments';
import { z } from 'zod';

const count = z.number().int().positive();

/** MLPs of one width on MNIST, and how they are trained: what the settings of this reproduction say of its populations. */
export const populationSchema = z.strictObject({
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
    /** Rescaling needs an activation with s(c z) = c s(z). */
    activation: z.enum(['relu', 'identity']),
  }),
  training: z.strictObject({
    epochs: count,
    batchSize: count,
    learningRate: z.number().positive(),
    /** `cosine` falls to zero over the epochs, where there are too few for a constant rate. */
    schedule: z.enum(['constant', 'cosine']),
    weightDecay: z.number().nonnegative(),
  }),
});
export type PopulationSettings = z.output<typeof populationSchema>;

/** Which population: standard networks, or W networks with fixed weights of that deviation. */
export interface PopulationId {
  readonly network: 'standard' | 'w';
  readonly fixedScale: number | null;
}

/** `w, fixed scale 1`. */
export const labelOf = ({ network, fixedScale }: PopulationId): string =>
  fixedScale === null ? network : `${network}, fixed scale ${fixedScale}`;

/** Name of a population's folder: `w-fixed-scale-1`. */
export const folderOf = ({ network, fixedScale }: PopulationId): string =>
  fixedScale === null ? network : `${network}-fixed-scale-${fixedScale}`;

/** The networks of arXiv 2606.04754 with ReLU, and smaller ones. */
export function populationDefaults(scale: Scale): PopulationSettings {
  const model = { width: 512, depth: 3, norm: 'layer', activation: 'relu' } as const;
  const training = { epochs: 100, batchSize: 64, learningRate: 1e-3, schedule: 'constant', weightDecay: 0.01 } as const;
  switch (scale) {
    case 'paper':
      return { seed: 1, data: { trainSamples: null, testSamples: null }, model, training };
    case 'small':
      return {
        seed: 1,
        data: { trainSamples: null, testSamples: 5_000 },
        model: { ...model, width: 256 },
        training: { ...training, epochs: 3, learningRate: 3e-3, schedule: 'cosine' },
      };
    case 'smoke':
      return {
        seed: 1,
        data: { trainSamples: 2_560, testSamples: 500 },
        model: { ...model, width: 32, depth: 2 },
        training: { ...training, epochs: 1 },
      };
    default:
      return scale satisfies never;
  }
}

/** The training run of one population of two. */
export function experimentOf({ seed, data, model, training }: PopulationSettings, { network, fixedScale }: PopulationId): Experiment {
  const { width, depth, norm, activation } = model;
  const widths = Array.from({ length: depth }, () => width);
  // At width 512 the paper's 64/64/64/256: 64 of the inputs, an eighth of a hidden width, half of the last.
  const fixedPerUnit = [64, ...Array.from({ length: depth - 1 }, () => Math.floor(width / 8)), Math.floor(width / 2)];
  const limit = {
    ...(data.trainSamples === null ? {} : { train: data.trainSamples }),
    ...(data.testSamples === null ? {} : { validation: data.testSamples, test: data.testSamples }),
  };
  const { epochs, batchSize, learningRate, weightDecay } = training;
  return parseConfig('connectivity-mnist', experimentSchema, {
    seed,
    dataset: { id: 'mnist', options: { limit } },
    architecture: { id: 'mlp', options: { inputs: 784, widths, outputs: 10, norm, activation } },
    breaking: { id: network, options: network === 'standard' ? {} : { fixedPerUnit, fixedScale } },
    training: {
      ...{ models: 2, epochs, batchSize, learningRate },
      optimizer: { id: 'adamw', options: { weightDecay } },
      schedule: training.schedule === 'cosine' ? { id: 'cosine', options: { length: epochs } } : { id: 'constant' },
    },
  });
}
