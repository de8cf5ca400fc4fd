import type { Network, Split, Variables } from '@basinlab/core';
import { evaluate } from '@basinlab/core/training';
import { average } from '@basinlab/metrics/interpolation';
import { linearModeConnectivity } from '@basinlab/metrics/linear-mode-connectivity';
import { z } from 'zod';
import type { GoldenCheck, GoldenFixture } from '../contract.js';
import { inputOf, parameterOf, toDevice } from '../inputs.js';
import { referenceMlp } from './reference-mlp.js';

const splitNames = ['train', 'val', 'test'] as const;
export type GoldenSplits = Record<(typeof splitNames)[number], Split>;

/** The splits that a fixture gives as `train.x`, `train.labels` and so on. */
export function splitsOf(fixture: GoldenFixture): GoldenSplits {
  const split = (name: string): Split => ({
    inputs: toDevice(inputOf(fixture, `${name}.x`)),
    labels: toDevice(inputOf(fixture, `${name}.labels`)),
  });
  return { train: split('train'), val: split('val'), test: split('test') };
}

/** What fixtures call the results of one pair, after `prefix`. */
export async function pairResults(
  network: Network,
  [a, b]: readonly [Variables, Variables],
  splits: GoldenSplits,
  { steps, batch, prefix }: { steps: number; batch: number; prefix: string },
): Promise<Record<string, ArrayLike<number>>> {
  const found = await linearModeConnectivity(network, a, b, splits, { steps, batch });
  const got: Record<string, ArrayLike<number>> = {
    lambdas: found.lambdas,
    distance: [found.distance],
    normalized_distance: [found.normalised],
    num_params: [found.parameters],
  };
  for (const name of splitNames) {
    const { accuracy, loss, accuracyBarrier, linear } = found.splits[name];
    Object.assign(got, { [`${name}_accuracy`]: accuracy, [`${name}_loss`]: loss });
    Object.assign(got, { [`${name}_barrier_height`]: [accuracyBarrier], [`${name}_linearity`]: [linear ? 1 : 0] });
  }
  return Object.fromEntries(Object.entries(got).map(([name, values]) => [`${prefix}${name}`, values]));
}

/** Linear mode connectivity of two MLPs (`lmc_pair`), and of all pairs of several with their average (`lmc_grid_midpoint`). */
export const linearModeConnectivityCheck: GoldenCheck = {
  kinds: ['lmc_pair', 'lmc_grid_midpoint'],
  async compute(fixture) {
    const steps = parameterOf(fixture, 'steps', z.number().int().positive());
    const batch = parameterOf(fixture, 'eval_batch', z.number().int().positive().default(64));
    const pairs = parameterOf(fixture, 'pairs', z.array(z.tuple([z.number(), z.number()])).optional());
    const splits = splitsOf(fixture);
    const models = new Map<number, ReturnType<typeof referenceMlp>>();
    for (let i = 1; Object.keys(fixture.inputs).some((name) => name.startsWith(`model${i}.`)); i++) {
      models.set(i, referenceMlp(fixture, `model${i}.`));
    }
    const { network } = models.get(1)!;
    const variables = [...models.values()].map((model) => model.variables);
    const got: Record<string, ArrayLike<number>> = {};
    for (const [i, j] of pairs ?? [[1, 2] as const]) {
      const both = [models.get(i)!.variables, models.get(j)!.variables] as const;
      Object.assign(got, await pairResults(network, both, splits, { steps, batch, prefix: pairs === undefined ? '' : `pair${i}${j}.` }));
    }
    if (fixture.kind === 'lmc_grid_midpoint') {
      const midpoint = average(variables);
      for (const name of splitNames) {
        const { loss, accuracy } = await evaluate(network, midpoint, splits[name], { batch });
        Object.assign(got, { [`midpoint.${name}_accuracy`]: [100 * accuracy], [`midpoint.${name}_loss`]: [loss] });
      }
    }
    return got;
  },
};
