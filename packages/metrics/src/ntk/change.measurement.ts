import type { MeasurementRow } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import { z } from 'zod';
import { fixedInputs, kernelOptions } from './fixed-inputs.js';
import { createKernelEvaluator, type NeuralTangentKernel } from './kernel.js';
import { kernelChange } from './statistics.js';

const number = { role: 'value', type: 'number' } as const;

/** {@link kernelChange} over training: from the first epoch, from the epoch before, and between the models of each pair. */
export const tangentKernelChange = defineMeasurement({
  id: 'tangent-kernel-change',
  summary: 'How the tangent kernel changes over training, and how alike those of two models are',
  of: 'trajectory',
  needs: { weights: 'raw', examples: true },
  options: z.strictObject({
    ...kernelOptions.shape,
    models: z.number().int().positive().default(2).describe('how many of the models, from the first on'),
  }),
  columns: [
    { name: 'epoch', summary: 'epochs trained', role: 'axis', type: 'number' },
    { name: 'model', summary: 'model, or both of a pair', role: 'axis', type: 'text' },
    { name: 'against', summary: 'what the kernel is compared with: first epoch, epoch before, other model', role: 'axis', type: 'text' },
    { name: 'distance', summary: 'Frobenius norm of the difference', ...number, range: [0, Infinity] },
    { name: 'relative', summary: 'the same over the norm of the other kernel', ...number, range: [0, Infinity] },
    { name: 'cosine', summary: 'cosine of the two as vectors', ...number, range: [-1, 1] },
    { name: 'cka', summary: 'centred kernel alignment', ...number, range: [0, 1] },
  ],
  plots: [
    { kind: 'lines', title: 'Tangent kernel against that of the first epoch', x: 'epoch', y: 'cka', where: { against: 'first epoch' } },
    { kind: 'lines', title: 'Tangent kernels of two models', x: 'epoch', y: 'cka', where: { against: 'other model' } },
  ],
  async measure({ epochs, at }, { samples, models: count }, { network, examples, graph, reuse, signal }) {
    const evaluator = reuse('evaluator', () => createKernelEvaluator(network, graph === undefined ? {} : { graph }));
    const inputs = reuse(`inputs of ${examples.inputs.id}`, () => fixedInputs(network, examples, samples)).tensor;
    const rows: MeasurementRow[] = [];
    let first: readonly NeuralTangentKernel[] = [];
    let before: readonly NeuralTangentKernel[] = [];
    for (const epoch of epochs) {
      signal.throwIfAborted();
      const { names, kernels } = await at(epoch, async (models) => {
        const found: NeuralTangentKernel[] = [];
        for (const { variables } of models.slice(0, count)) found.push(await evaluator.kernel(variables, inputs));
        return { names: models.map(({ name }) => name), kernels: found };
      });
      if (first.length === 0) first = kernels;
      kernels.forEach((kernel, model) => {
        const named = { epoch, model: names[model]! };
        rows.push({ ...named, against: 'first epoch', ...kernelChange(first[model]!, kernel) });
        if (before.length > 0) rows.push({ ...named, against: 'epoch before', ...kernelChange(before[model]!, kernel) });
        const other = kernels[model + 1];
        if (model % 2 === 0 && other !== undefined)
          rows.push({ epoch, model: `${names[model]}-${names[model + 1]}`, against: 'other model', ...kernelChange(kernel, other) });
      });
      before = kernels;
    }
    return rows;
  },
});
