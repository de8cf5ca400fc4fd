import { demand } from '@basinlab/core';

/** Families of embeddings. */
export const families = ['exact-copy', 'random-tight-frame'] as const;
/** How two latent coordinates are spread over ambient ones: repeated as they are, or in blocks turned at random and put at random places. */
export type EmbeddingFamily = (typeof families)[number];

/** The settings of the experiment, with those of arXiv 2606.04754 as defaults. */
export interface SyntheticCoherenceSettings {
  readonly families: readonly EmbeddingFamily[];
  /** Active copies r of the latent coordinates: coherence is 1 / r. Default 1 to 10. */
  readonly spreads: readonly number[];
  /** Copies that there is room for: the ambient dimension is twice that. Default 10. */
  readonly copies: number;
  /** Hidden units. Default 128. */
  readonly width: number;
  /** Probability that a weight is trained; the others are 0. Default 0.15. */
  readonly active: number;
  /** Draws of mask, data and frame. Default 5. */
  readonly outerSeeds: number;
  /** Pairs of models per outer seed. Default 10. */
  readonly pairs: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Of weights; biases are not decayed. */
  readonly weightDecay: number;
  readonly trainSamples: number;
  readonly testSamples: number;
  /** Points on the path between two models, both ends included. Default 21. */
  readonly points: number;
  readonly seed: number;
}

/** The settings of arXiv 2606.04754. */
export const paperSettings: SyntheticCoherenceSettings = {
  families,
  spreads: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  copies: 10,
  width: 128,
  active: 0.15,
  outerSeeds: 5,
  pairs: 10,
  epochs: 100,
  batchSize: 512,
  learningRate: 1e-2,
  weightDecay: 1e-2,
  trainSamples: 1024,
  testSamples: 2048,
  points: 21,
  seed: 1,
};

/** @throws BasinlabError for settings that cannot be */
export function checkSettings(settings: SyntheticCoherenceSettings): void {
  const { spreads, copies, points, trainSamples, batchSize } = settings;
  for (const spread of spreads)
    demand(Number.isInteger(spread) && spread >= 1 && spread <= copies, 'synthetic-coherence', `spreads from 1 to ${copies}`, spread);
  demand(Number.isInteger(points) && points >= 3, 'synthetic-coherence', 'at least three points on a path', points);
  demand(trainSamples % batchSize === 0, 'synthetic-coherence', `training samples in whole batches of ${batchSize}`, trainSamples);
  for (const name of ['width', 'outerSeeds', 'pairs', 'epochs', 'batchSize', 'testSamples'] as const)
    demand(Number.isInteger(settings[name]) && settings[name] > 0, 'synthetic-coherence', `${name} of at least 1`, settings[name]);
}
