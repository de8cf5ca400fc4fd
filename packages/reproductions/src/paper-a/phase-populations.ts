import type { PopulationRequest } from '@basinlab/core';

/** A W network on Gaussian clusters: what is varied where connectivity without alignment is looked for. */
export interface PhasePoint {
  readonly fixedScale: number;
  /** Of the data. */
  readonly dimension: number;
  /** Units of each of the three hidden layers. */
  readonly width: number;
  /** Factor on the number of fixed weights; 1 fixes an eighth of them, and half of the last layer's. */
  readonly sparsity?: number;
}

export interface PhaseTraining {
  readonly models: number;
  readonly epochs: number;
  readonly train: number;
  readonly test: number;
}

/** The population of a point: pairs of W networks of three hidden layers on 20 classes in 512 dimensions. */
export function phasePopulation(point: PhasePoint, { models, epochs, train, test }: PhaseTraining): PopulationRequest {
  const { fixedScale, dimension, width, sparsity = 1 } = point;
  const hidden = Math.floor(width / 8);
  return {
    labels: { fixedScale, k: dimension, width, ...(point.sparsity === undefined ? {} : { sparsity }) },
    preset: 'gaussian-subspace-8-mlp-w',
    set: [
      `dataset.options.intrinsic=${dimension}`,
      `dataset.options.train=${train}`,
      `dataset.options.test=${test}`,
      `architecture.options.widths=[${width},${width},${width}]`,
      `breaking.options.fixedPerUnit=[64,${hidden},${hidden},${Math.floor(width / 2)}]`,
      `breaking.options.fixedScale=${fixedScale}`,
      ...(point.sparsity === undefined ? [] : [`breaking.options.sparsity=${sparsity}`]),
      `training.models=${models}`,
      `training.epochs=${epochs}`,
    ],
  };
}
