import type { BasinlabError, Network, SymmetryBreaking } from '@basinlab/core';
import { z } from 'zod';
import { networkOf } from '../experiment/plan.js';
import type { OpenedRun } from './load-models.js';
import { withheldFrom } from './withhold.js';

/**
 * The network of a run's checkpoint. Where the module of the symmetry breaking is not loaded, the stored constants stand for it: shifts and scales of weights say all that it did
 * to them. A function of its own in place of the activation, which stored gates tell, is missing then: applying the network throws why.
 * @param constants names of the constants that the checkpoint holds
 */
export function storedNetwork(run: Omit<OpenedRun, 'directory'>, constants: readonly string[]): Network {
  const { experiment, registry } = run;
  const { id } = experiment.breaking;
  const refusal = withheldFrom(run, 'symmetryBreaking', id);
  return networkOf(experiment, registry, refusal === null ? undefined : storedBreaking(id, refusal, constants.some(isGate)));
}

/** Whether a constant belongs to an activation, and not to a weight. */
export const isGate = (name: string): boolean => name.endsWith('.gate');

function storedBreaking(id: string, refusal: BasinlabError, isGated: boolean): SymmetryBreaking {
  const refuse = (): never => {
    throw refusal;
  };
  return {
    id,
    summary: 'Constants of a checkpoint',
    options: z.unknown(),
    constants: refuse,
    ...(isGated && { activation: { constants: refuse, apply: refuse } }),
  };
}
