import { elementIndices, type Tensors } from '@basinlab/core';
import { keyFromSeed } from '@basinlab/core/random';
import { applyTransformToArrays, matchWeights } from '@basinlab/rebasin';
import { z } from 'zod';
import type { GoldenCheck, GoldenTensor } from '../contract.js';
import { inputOf, inputsUnder, parameterOf, permutationSpecs, toDevice } from '../inputs.js';

/** Weight matching between networks A and B with given visiting orders: first sweep's costs and assignments, every restart's result. */
export const weightMatchingCheck: GoldenCheck = {
  kinds: ['weight_matching'],
  // The fixtures of transformers have the same kind and describe their groups otherwise.
  unsupported: ({ parameters }) => (parameters['axes_to_perm'] === undefined ? 'gives no table axes_to_perm of permuted axes' : undefined),
  async compute(fixture) {
    const [a, b] = [inputsUnder(fixture, 'A.'), inputsUnder(fixture, 'B.')];
    const specs = permutationSpecs(fixture, a);
    const names = parameterOf(fixture, 'permutation_names', z.array(z.string()));
    const orders = [];
    while (fixture.inputs[`restart${orders.length}.order`] !== undefined) {
      orders.push(ordersOf(inputOf(fixture, `restart${orders.length}.order`), names));
    }
    const got: Record<string, ArrayLike<number>> = {};
    const tensors = { a: listed(specs, a), b: listed(specs, b) };
    const matching = await matchWeights(tensors.a, tensors.b, {
      specs,
      key: keyFromSeed(0),
      orders,
      onStep: ({ restart, sweep, position, group, costs, assignment }) => {
        if (restart !== 0 || sweep !== 0) return;
        got[`sweep1.step${position}.cost.${group}`] = costs;
        got[`sweep1.step${position}.assignment.${group}`] = assignment;
      },
    });
    const hostB = Object.fromEntries(specs.map(({ name }) => [name, Float32Array.from(b[name]!.data)]));
    matching.restarts.forEach(({ transform, objective }, restart) => {
      for (const [group, element] of Object.entries(transform)) got[`restart${restart}.perm.${group}`] = elementIndices(group, element);
      got[`restart${restart}.objective`] = [objective];
      for (const [name, data] of Object.entries(applyTransformToArrays(specs, hostB, transform)))
        got[`restart${restart}.permuted_B.${name}`] = data;
    });
    return { ...got, identity_objective: [matching.identityObjective], best_objective: [matching.objective] };
  },
};

/** Rows of positions in `names`; a row of -1 is a sweep that did not take place. */
function ordersOf({ shape, data }: GoldenTensor, names: readonly string[]): string[][] {
  const [sweeps = 0, length = 0] = shape;
  return Array.from({ length: sweeps }, (_, sweep) => Array.from(data.subarray(sweep * length, (sweep + 1) * length)))
    .filter((row) => row.every((position) => position >= 0))
    .map((row) => row.map((position) => names[position]!));
}

const listed = (specs: readonly { name: string }[], tensors: ReturnType<typeof inputsUnder>): Tensors =>
  Object.fromEntries(specs.map(({ name }) => [name, toDevice(tensors[name]!)]));
