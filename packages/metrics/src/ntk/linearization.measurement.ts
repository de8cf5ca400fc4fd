import type { MeasurementRow } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors, Variables } from '@basinlab/tensor';
import { z } from 'zod';
import { fixedInputs, kernelOptions } from './fixed-inputs.js';
import { linearizationAgreement } from './linearization.js';

const number = { role: 'value', type: 'number' } as const;

/** {@link linearizationAgreement} with the network at its first epoch, over training. */
export const linearization = defineMeasurement({
  id: 'linearization',
  summary: 'How far training has left the regime in which the network is linear in its parameters',
  of: 'trajectory',
  needs: { weights: 'raw', examples: true },
  options: z.strictObject({
    ...kernelOptions.shape,
    models: z.number().int().positive().default(2).describe('how many of the models, from the first on'),
  }),
  columns: [
    { name: 'epoch', summary: 'epochs trained', role: 'axis', type: 'number' },
    { name: 'model', summary: 'model', role: 'axis', type: 'text' },
    { name: 'meanSquaredError', summary: 'of the logits', ...number, range: [0, Infinity] },
    { name: 'meanAbsoluteError', summary: 'of the logits', ...number, range: [0, Infinity] },
    { name: 'largestError', summary: 'of the logits', ...number, range: [0, Infinity] },
    { name: 'relativeError', summary: 'norm of the difference over that of the logits', ...number, range: [0, Infinity] },
    { name: 'cosine', summary: 'cosine of the logits as vectors', ...number, range: [-1, 1] },
    { name: 'agreement', summary: 'share of samples with the same prediction', ...number, range: [0, 1] },
  ],
  plots: [{ kind: 'lines', title: 'Error of the linearized network', x: 'epoch', y: 'relativeError' }],
  async measure({ epochs, at }, { samples, models: count }, { network, examples, graph, reuse, signal }) {
    const inputs = reuse(`inputs of ${examples.inputs.id}`, () => fixedInputs(network, examples, samples)).tensor;
    const settings = graph === undefined ? {} : { graph };
    const [start, ...later] = epochs;
    if (start === undefined) return [];
    const starts = await at(start, (models) => Promise.resolve(models.slice(0, count).map(({ variables }) => kept(variables))));
    try {
      const rows: MeasurementRow[] = [];
      for (const epoch of [start, ...later]) {
        signal.throwIfAborted();
        await at(epoch, async (models) => {
          for (const [index, { name, variables }] of models.slice(0, count).entries())
            rows.push({ epoch, model: name, ...(await linearizationAgreement(network, starts[index]!, variables, inputs, settings)) });
        });
      }
      return rows;
    } finally {
      tf.dispose(starts as unknown as tf.TensorContainer);
    }
  },
});

function kept({ params, constants, state }: Variables): Variables {
  const copy = (tensors: Tensors): Tensors => Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.clone(tensor)]));
  return { params: copy(params), constants: copy(constants), state: copy(state) };
}
