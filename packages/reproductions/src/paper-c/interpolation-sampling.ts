import type { Reproduction } from '@basinlab/core';
import { lambdaSamplers } from '@basinlab/rebasin';
import { aggregate } from '../shared/aggregate.js';
import { papers } from '../shared/papers.js';
import {
  barrierQuantity,
  barriersOf,
  by,
  forEachNetwork,
  inCircuitForm,
  learned,
  pathFigure,
  transformerPopulations,
  transformerScale,
  transformerSchema,
  type TransformerSettings,
} from './transformers.js';

/** Those of the paper's figure; the biased one is for models of different widths. */
const samplers = lambdaSamplers.filter((sampler) => sampler !== 'narrow-uniform-biased');

/** Learned matching by how the point between both models is drawn (arXiv 2506.22712, figure 6). */
export const interpolationSampling: Reproduction<TransformerSettings> = {
  id: 'interpolation-sampling',
  title: 'Sampling the interpolation',
  where: 'figure 6',
  paper: papers.C,
  summary: 'loss along the path after learned matching, by the distribution of the interpolation coefficient',
  cost: 'on 2 cores: smoke < 1 min, small 14 min; paper days on a GPU (estimated)',
  settings: transformerSchema,
  scale: (scale) => ({ ...transformerScale(scale), ...(scale === 'small' ? { steps: 400 } : {}) }),
  populations: (own, scale) => transformerPopulations(own, scale),
  measurements: (own) => inCircuitForm(['none', ...samplers.map((lambda) => learned(lambda, own, { lambda }))], own),
  summarize: ({ 'linear-mode-connectivity': paths }) => aggregate(paths!.rows, { quantity: barrierQuantity, value: 'lossBarrier', by }),
  across: 'alignment',
  claims: [
    {
      statement: 'narrow sampling around the middle is the best',
      paper: 'uniform on [0.4, 0.6] best; fixed 0.5 varies more; uniform on [0, 1] and normal worse',
      rule: 'for both networks: the mean barrier of narrow-uniform within 10% of the lowest',
      check: ({ rows }) =>
        forEachNetwork(
          (network) => barriersOf(rows, network, samplers),
          (barriers) => barriers[samplers.indexOf('narrow-uniform')]! <= 1.1 * Math.min(...barriers),
          (barriers) => samplers.map((sampler, at) => `${sampler} ${barriers[at]?.toFixed(3) ?? 'not measured'}`).join(', '),
        ),
    },
  ],
  figures: [pathFigure],
};
