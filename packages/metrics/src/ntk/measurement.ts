import { defineMeasurement } from '@basinlab/core/measurement';
import { fixedInputs, kernelOptions } from './fixed-inputs.js';
import { createKernelEvaluator } from './kernel.js';
import { kernelStatistics } from './statistics.js';

const number = { role: 'value', type: 'number' } as const;

/** {@link kernelStatistics} of a model's empirical tangent kernel on the first samples of a split. */
export const tangentKernel = defineMeasurement({
  id: 'tangent-kernel',
  summary: 'Spectrum of the empirical neural tangent kernel',
  of: 'model',
  needs: { weights: 'raw', examples: true },
  options: kernelOptions,
  columns: [
    { name: 'trace', summary: 'sum of squared gradients of all logits and samples', ...number, range: [0, Infinity] },
    { name: 'frobeniusNorm', summary: 'Frobenius norm', ...number, range: [0, Infinity] },
    { name: 'largest', summary: 'largest eigenvalue', ...number },
    { name: 'smallest', summary: 'smallest eigenvalue; rounding may make it negative', ...number },
    { name: 'conditionNumber', summary: 'largest / (smallest + 1e-10)', ...number },
    { name: 'effectiveRank', summary: 'sum of eigenvalues / largest', ...number, range: [0, Infinity] },
  ],
  plots: [{ kind: 'lines', title: 'Effective rank of the tangent kernel', x: 'epoch', y: 'effectiveRank' }],
  async measure({ variables }, { samples }, { network, examples, graph, reuse }) {
    const evaluator = reuse('evaluator', () => createKernelEvaluator(network, graph === undefined ? {} : { graph }));
    const inputs = reuse(`inputs of ${examples.inputs.id}`, () => fixedInputs(network, examples, samples)).tensor;
    const { trace, frobeniusNorm, largest, smallest, conditionNumber, effectiveRank } = kernelStatistics(
      await evaluator.kernel(variables, inputs),
    );
    return [{ trace, frobeniusNorm, largest, smallest, conditionNumber, effectiveRank }];
  },
});
