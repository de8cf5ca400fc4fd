import type { MeasurementRow } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import { createEvaluator, examplesOf, recomputeStatistics } from '@basinlab/core/training';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { applyTransform } from '../transform/index.js';
import { foldUnits } from './fold.js';

const number = { role: 'value', type: 'number' } as const;

/** Loss and accuracy of a model whose units are folded, by the share that goes: see {@link foldUnits}. */
export const folding = defineMeasurement({
  id: 'folding',
  summary: 'Loss and accuracy of a model with like units put together, by the share of them that goes',
  of: 'model',
  needs: { weights: 'standard', examples: true },
  options: z.strictObject({
    shares: z.array(z.number().min(0).lt(1)).min(1).default([0, 0.1, 0.25, 0.5, 0.75]).describe('of the units of every group that go'),
    groups: z.array(z.string()).default([]).describe('groups that are folded; none named: those of hidden layers'),
    statistics: z.boolean().default(true).describe('whether running statistics are taken anew from the training data'),
  }),
  columns: [
    { name: 'share', summary: 'of the units that go', role: 'axis', type: 'number', range: [0, 1] },
    { name: 'left', summary: 'parameters that are left', ...number, unit: '%', range: [0, 100] },
    { name: 'loss', summary: 'mean loss', ...number, unit: 'nats', range: [0, Infinity], better: 'lower' },
    { name: 'accuracy', summary: 'accuracy', ...number, unit: '%', range: [0, 100], better: 'higher' },
  ],
  plots: [
    { kind: 'lines', title: 'Accuracy of folded models', x: 'share', y: 'accuracy', series: 'model' },
    { kind: 'lines', title: 'Loss of folded models', x: 'share', y: 'loss', series: 'model' },
  ],
  async measure({ variables }, { shares, groups, statistics }, { network, examples, splits, task, graph, key, reuse }) {
    const evaluator = reuse('evaluator', () => createEvaluator(network, { task, graph }));
    const hidden = [...new Set(network.activations.map(({ axis }) => axis.group))];
    const isRunning = network.state.some(({ momentum }) => momentum !== undefined);
    const rows: MeasurementRow[] = [];
    for (const share of shares) {
      const { transform, left } = await foldUnits(variables.params, {
        specs: network.params,
        groups: groups.length === 0 ? hidden : groups,
        share,
        key,
      });
      const params = applyTransform(network.params, variables.params, transform);
      const state = applyTransform(network.state, variables.state, transform);
      let folded = { ...variables, params, state };
      try {
        const train = splits['train'];
        if (statistics && isRunning && train !== undefined && share > 0)
          folded = recomputeStatistics(network, folded, examplesOf(network, train, graph).inputs, { ...(graph && { graph }) });
        const [found] = await evaluator.evaluate(folded, examples);
        rows.push({ share, left: 100 * left, loss: found!.loss, accuracy: 100 * found!.accuracy });
      } finally {
        tf.dispose([params, state, folded.state]);
      }
    }
    return rows;
  },
});
