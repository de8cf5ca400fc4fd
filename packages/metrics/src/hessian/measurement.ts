import { defineMeasurement } from '@basinlab/core/measurement';
import * as tf from '@tensorflow/tfjs-core';
import { taskLoss } from '@basinlab/tensor/evaluation';
import { childKey } from '@basinlab/tensor/random';
import { z } from 'zod';
import { hessianEigenvalues } from './eigenvalues.js';
import { hessianOfLoss } from './hessian.js';
import { hessianTrace } from './trace.js';

const number = { role: 'value', type: 'number' } as const;

/** Curvature of the loss at a model: {@link hessianTrace} and {@link hessianEigenvalues}. */
export const hessian = defineMeasurement({
  id: 'hessian',
  summary: 'Trace and extreme eigenvalues of the Hessian of the loss',
  of: 'model',
  needs: { weights: 'raw', examples: true },
  options: z.strictObject({
    samples: z.number().int().positive().default(1000).describe('rows of the split that the loss is taken on'),
    probes: z.number().int().positive().default(20).describe('random vectors of the estimate of the trace'),
    steps: z.number().int().positive().default(30).describe('Lanczos steps at most'),
  }),
  columns: [
    { name: 'trace', summary: 'estimate of the trace', ...number },
    { name: 'traceError', summary: 'standard error of that estimate', ...number, range: [0, Infinity] },
    { name: 'largest', summary: 'largest eigenvalue', ...number },
    { name: 'smallest', summary: 'smallest eigenvalue, negative at a saddle', ...number },
    { name: 'converged', summary: 'whether the largest eigenvalue reached its tolerance', role: 'value', type: 'text' },
  ],
  plots: [{ kind: 'bars', title: 'Largest eigenvalue of the Hessian', x: 'model', y: 'largest' }],
  async measure({ variables }, { samples, probes, steps }, { network, examples, task, graph, key }) {
    const inputs = network.input === 'nodes' && examples.nodes !== undefined ? examples.nodes : examples.inputs;
    const rows = Math.min(samples, inputs.shape[0]!);
    const part = { inputs: tf.slice(inputs, 0, rows), labels: tf.slice(examples.labels, 0, rows) };
    const found = hessianOfLoss(network, variables, part, {
      loss: (logits, labels) => taskLoss(task, logits, labels),
      ...(graph === undefined ? {} : { graph }),
    });
    try {
      const { trace, standardError } = await hessianTrace(found, { key: childKey(key, 'trace'), probes });
      const { largest, smallest, converged } = await hessianEigenvalues(found, { key: childKey(key, 'eigenvalues'), steps });
      return [{ trace, traceError: standardError, largest: largest[0] ?? NaN, smallest, converged }];
    } finally {
      found.dispose();
      tf.dispose(part);
    }
  },
});
