import { buildNetwork, type Network, type SymmetryBreaking } from '@basinlab/core';
import { biasOnly, mlp, sigma, standard, syre, w, type MlpOptions } from '@basinlab/models-asymmetric';
import { arms } from './spirals.js';

/** One entry of the page's list. */
export interface Choice {
  readonly id: string;
  readonly label: string;
  /** One sentence on what tells the neurons apart. */
  readonly summary: string;
  network(): Network;
}

/** Two inputs, two hidden layers of 64, three classes, without norms: small enough for a phone, wide enough that aligned networks connect. */
const options: Partial<MlpOptions> = { inputs: 2, widths: [64, 64], outputs: arms, norm: 'none', activation: 'gelu' };

const choice = <O>(
  id: string,
  label: string,
  summary: string,
  breaking: SymmetryBreaking<O>,
  breakingOptions: NoInfer<Partial<O>>,
): Choice => ({
  id,
  label,
  summary,
  network: () => buildNetwork({ architecture: mlp, options, breaking, breakingOptions }),
});

/** The networks that the page offers. Scales are what leaves training easy at this size. */
export const choices: readonly Choice[] = [
  choice('standard', 'Standard', 'Nothing tells two neurons of a layer apart: any order of them is the same network.', standard, {}),
  choice('w', 'W-asymmetric', 'Each neuron holds its own set of weights fixed at random values, so that no two can trade places.', w, {
    fixedPerUnit: [1, 48, 32],
    fixedScale: [2, 0.3, 0.3],
  }),
  choice('syre', 'Syre', 'Fixed random noise is added to every weight, so that each neuron has a place of its own to start from.', syre, {
    fixedScale: 0.5,
  }),
  choice(
    'sigma',
    'Sigma-asymmetric',
    'A fixed random gate in the activation mixes the neurons of a layer; the weights are free.',
    sigma,
    {},
  ),
  choice('bias-only', 'Bias only', 'Fixed noise is added to the biases alone: too weak to tell neurons apart.', biasOnly, {
    fixedScale: 1,
  }),
];
