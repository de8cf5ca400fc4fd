import { allPairs, REFERENCE_GAIN, ridgeCosts, type RidgeCosts } from '@basinlab/metrics/ridge-realization';
import { signedRoot, swapCosts } from '@basinlab/metrics/swap-cost';
import { transposed } from '@basinlab/core/linear-algebra';
import { z } from 'zod';
import type { GoldenCheck, GoldenFixture } from '../contract.js';
import { inputOf, parameterOf, toDevice } from '../inputs.js';
import { referenceLayer } from './reference-layer.js';

const activationOf = (fixture: GoldenFixture) => parameterOf(fixture, 'activation', z.enum(['identity', 'relu', 'gelu']));

function layerOf(fixture: GoldenFixture) {
  const { raw, ...layer } = referenceLayer(fixture);
  return { ...layer, trained: raw };
}

/**
 * Ridge realization of given pairs: the reference's descent after as many iterations as an expected name says, and its end. Where the activation is
 * the identity the end is the closed form; elsewhere it is defined by the reference's own number of iterations, since the problem has several
 * minima.
 */
export const realizationRidgeCheck: GoldenCheck = {
  kinds: ['realization_ridge'],
  async compute(fixture) {
    const layer = layerOf(fixture);
    const x = toDevice(inputOf(fixture, 'activations'));
    const [imitated, slots] = [inputOf(fixture, 'neuron_ids_1').data, inputOf(fixture, 'neuron_ids_2').data];
    const pairs = Array.from(slots, (slot, at) => ({ slot, imitated: imitated[at]! }));
    const activation = activationOf(fixture);
    const settings = { beta: parameterOf(fixture, 'beta', z.number()), gain: REFERENCE_GAIN, activation };
    const got: Record<string, ArrayLike<number>> = {};
    const stages = new Set(Object.keys(fixture.expected).map((name) => name.split('.', 1)[0]!));
    for (const stage of stages) {
      const counted = /^iter(\d+)$/.exec(stage)?.[1];
      const iterations = counted === undefined ? reachedAfter(fixture) : Number(counted);
      const exact = counted === undefined && activation === 'identity';
      const costs = await ridgeCosts(layer, x, pairs, exact ? settings : { ...settings, method: 'adam', iterations });
      for (const [name, values] of Object.entries(named(costs))) got[`${stage}.${name}`] = values;
    }
    return got;
  },
};

const reachedAfter = ({ parameters }: GoldenFixture): number => z.number().default(30_000).parse(parameters['reference_iterations']);

const named = (costs: RidgeCosts): Record<string, ArrayLike<number>> => ({
  objective_full_per_neuron: costs.objectives,
  objective_mse_per_neuron: costs.dataTerms,
  objective_weight_regularization_per_neuron: costs.penalties,
  weight_scale_1_per_neuron: costs.imitatedLengths,
  weight_scale_2_per_neuron: costs.slotLengths,
});

/** All pairs, whose matrices the reference indexes [imitated neuron, slot]. */
export const realizationRidgeTranspositionCheck: GoldenCheck = {
  kinds: ['realization_ridge_transposition'],
  async compute(fixture) {
    const layer = layerOf(fixture);
    const { units } = layer;
    const x = toDevice(inputOf(fixture, 'activations'));
    const beta = parameterOf(fixture, 'beta', z.number());
    const costs = await ridgeCosts(layer, x, allPairs(units), { beta, gain: REFERENCE_GAIN, activation: activationOf(fixture) });
    const swaps = swapCosts(costs.penalties, units);
    return {
      realization_cost_squared: transposed(costs.penalties, units, units),
      objective_full: transposed(costs.objectives, units, units),
      transposition_cost_squared: swaps,
      transposition_cost_signed_sqrt: signedRoot(swaps),
    };
  },
};
