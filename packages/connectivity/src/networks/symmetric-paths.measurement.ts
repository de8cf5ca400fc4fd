import { defineMeasurement } from '@basinlab/core/measurement';
import { createConnectivityEvaluator } from '@basinlab/metrics/linear-mode-connectivity';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { connectModels } from './connect-models.js';
import { pathColumns, pathPlots, pathRows } from './path-rows.js';
import { probeOf } from './probe.js';

/** Straight lines between two models: as they are, and once {@link connectModels} has permuted and rescaled the units of the second. */
export const symmetricPaths = defineMeasurement({
  id: 'symmetric-paths',
  summary: 'Straight lines between two models: as they are, with units permuted, and with units permuted and rescaled',
  of: 'pair',
  needs: { weights: 'standard', examples: true },
  options: z.strictObject({
    points: z.number().int().min(3).default(11).describe('points on every path, both ends included'),
    restarts: z.number().int().positive().default(3).describe('descents of weight matching'),
  }),
  columns: pathColumns,
  plots: pathPlots,
  async measure({ a, b }, { points, restarts }, { network, examples, task, graph, execution, key, signal, reuse }) {
    const evaluator = reuse('evaluator', () => createConnectivityEvaluator(network, { steps: points - 1, execution, task, graph }));
    const probe = probeOf(network, examples, graph);
    const connected = await connectModels(network, a.variables, b.variables, { key, probe, restarts, signal }).finally(() =>
      tf.dispose(probe.inputs),
    );
    const { permuted, scaled, distances } = connected;
    try {
      const lines = [
        ['straight line', b.variables, distances.before],
        ['straight line, permuted', permuted, distances.permuted],
        ['straight line, permuted and rescaled', scaled, distances.scaled],
      ] as const;
      const rows = [];
      for (const [path, end, distance] of lines) {
        const { loss, accuracy } = await evaluator.path(a.variables, end, examples);
        rows.push(...pathRows({ path, loss, accuracy, distance, length: distance, curvature: 0 }));
      }
      return rows;
    } finally {
      for (const { params, state } of [permuted, scaled]) tf.dispose([params, state]);
    }
  },
});
