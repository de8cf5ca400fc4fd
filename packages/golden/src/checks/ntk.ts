import { kernelChange, kernelStatistics, linearizationAgreement, neuralTangentKernel, type KernelStatistics } from '@basinlab/metrics/ntk';
import type { GoldenCheck } from '../contract.js';
import { inputOf, toDevice } from '../inputs.js';
import { referenceMlp } from './reference-mlp.js';

/** The neural tangent kernel at initialisation and after training: entries, spectrum, change and how linear the network still is. */
export const ntkCheck: GoldenCheck = {
  kinds: ['ntk'],
  async compute(fixture) {
    const { network, variables: start } = referenceMlp(fixture, 'init.');
    const { variables: now } = referenceMlp(fixture, 'current.');
    const x = toDevice(inputOf(fixture, 'x'));
    const [before, after] = [await neuralTangentKernel(network, start, x), await neuralTangentKernel(network, now, x)];
    const change = kernelChange(before, after);
    const linear = await linearizationAgreement(network, start, now, x);
    return {
      ntk_init: before.values,
      ntk_current: after.values,
      ...statistics('init', kernelStatistics(before)),
      ...statistics('current', kernelStatistics(after)),
      diff_frobenius: [change.distance],
      cosine_sim: [change.cosine],
      relative_change: [change.relative],
      cka_squared: [change.cka ** 2],
      cka_standard: [change.cka],
      'linearization.mse': [linear.meanSquaredError],
      'linearization.mean_abs_error': [linear.meanAbsoluteError],
      'linearization.max_error': [linear.largestError],
      'linearization.relative_error': [linear.relativeError],
      'linearization.cosine_sim': [linear.cosine],
      'linearization.accuracy_agreement': [linear.agreement],
    };
  },
};

function statistics(time: string, found: KernelStatistics): Record<string, ArrayLike<number>> {
  return {
    [`stats_${time}.trace`]: [found.trace],
    [`stats_${time}.frobenius_norm`]: [found.frobeniusNorm],
    [`stats_${time}.max_eigenvalue`]: [found.largest],
    [`stats_${time}.min_eigenvalue`]: [found.smallest],
    [`stats_${time}.mean_eigenvalue`]: [found.mean],
    [`stats_${time}.median_eigenvalue`]: [found.median],
    [`stats_${time}.condition_number`]: [found.conditionNumber],
    [`stats_${time}.effective_rank`]: [found.effectiveRank],
    [`eigenvalues_${time}`]: found.eigenvalues,
  };
}
