import { type Experiment, experimentSchema, parseConfig } from '@basinlab/experiments';
import { fixedPerUnit, type PopulationSettings } from './config.js';
import type { PopulationId } from './results.js';

/** The training run of one population: all populations share seeds, so that they differ in nothing but their symmetry breaking. */
export function experimentOf(config: PopulationSettings, { network, fixedScale }: PopulationId): Experiment {
  const { model, training, data } = config;
  const breaking = {
    standard: {},
    w: { fixedPerUnit: fixedPerUnit(config), fixedScale },
    syre: { fixedScale },
  }[network];
  const limit = {
    ...(data.trainSamples === null ? {} : { train: data.trainSamples }),
    ...(data.testSamples === null ? {} : { validation: data.testSamples, test: data.testSamples }),
  };
  return parseConfig('mnist-mlp-lmc', experimentSchema, {
    seed: config.seed,
    dataset: { id: 'mnist', options: { limit } },
    architecture: {
      id: 'mlp',
      options: {
        inputs: 784,
        widths: Array.from({ length: model.depth }, () => model.width),
        outputs: 10,
        norm: model.norm,
        activation: model.activation,
      },
    },
    breaking: { id: network, options: breaking },
    training: {
      models: training.models,
      epochs: training.epochs,
      batchSize: training.batchSize,
      learningRate: training.learningRate,
      optimizer: { id: 'adamw', options: { weightDecay: training.weightDecay } },
      schedule: training.schedule === 'cosine' ? { id: 'cosine', options: { length: training.epochs } } : { id: 'constant' },
    },
  });
}

/** Name of a population's folder: `w-fixed-scale-1`. */
export const folderOf = ({ network, fixedScale }: PopulationId): string =>
  fixedScale === null ? network : `${network}-fixed-scale-${fixedScale}`;
