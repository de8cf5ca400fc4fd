import { defineMeasurement, foldActivations } from '@basinlab/core/measurement';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';

/** Units that never exceed a threshold: no permutation can tell them apart, and alignment pairs them at random. */
const deadUnits = defineMeasurement({
  id: 'dead-units',
  summary: 'Share of units whose activation never exceeds a threshold',
  of: 'model',
  // What it is given follows from what it needs: activations, here, and no weights, so that Arrow files will do.
  needs: { activations: { sites: ['post-activation'] } },
  options: z.strictObject({ threshold: z.number().default(0.01).describe('what an activation must exceed') }),
  columns: [
    { name: 'layer', summary: 'layer of the units', role: 'axis', type: 'text' },
    { name: 'dead', summary: 'share of dead units', role: 'value', type: 'number', range: [0, 1], better: 'lower' },
  ],
  plots: [{ kind: 'bars', title: 'Dead units', x: 'layer', y: 'dead' }],
  async measure(_model, { threshold }, { activations }) {
    // One pass, a batch at a time, shared with whatever else is measured: tensors are gone after the callback.
    const peaks = await foldActivations(activations, {}, async (state, { columns }) => {
      for (const { field, tensor } of columns) {
        const units = tensor.shape.at(-1);
        const most = tf.tidy(() => tf.max(tf.reshape(tensor, [-1, units]), 0));
        const values = await most.data();
        most.dispose();
        const before = state[field.layer] ?? new Float32Array(units).fill(-Infinity);
        state[field.layer] = before.map((peak, unit) => Math.max(peak, values[unit]));
      }
      return state;
    });
    return Object.entries(peaks).map(([layer, values]) => ({
      layer,
      dead: values.filter((peak) => !(peak > threshold)).length / values.length,
    }));
  },
});

/** A figure of its own: do broken networks have more dead units? */
const deadUnitsFigure = {
  id: 'dead-units-by-breaking',
  title: 'Dead units of standard and W networks',
  paper: { id: 'example', title: 'An example of docs/extending.md', url: 'https://example.org' },
  where: 'nowhere',
  summary: 'share of dead units of networks with and without exchangeable neurons',
  cost: 'seconds',
  settings: z.strictObject({ seed: z.number().int(), threshold: z.number() }),
  scale: () => ({ seed: 1, threshold: 0.01 }),
  populations: () => [
    { labels: { breaking: 'standard' }, preset: 'mnist-mlp-standard' },
    { labels: { breaking: 'w' }, preset: 'mnist-mlp-w' },
  ],
  measurements: ({ threshold }) => [{ measurements: [{ id: 'dead-units', options: { threshold } }], samples: 1000 }],
  summarize: ({ 'dead-units': { rows } }) =>
    ['standard', 'w'].map((breaking) => {
      const own = rows.filter((row) => row.breaking === breaking).map(({ dead }) => dead);
      const mean = own.reduce((sum, value) => sum + value / own.length, 0);
      return { quantity: 'share of dead units', breaking, mean, standardError: null, paper: null };
    }),
  claims: [],
  figures: [{ table: 'dead-units', kind: 'bars', title: 'Dead units', x: 'layer', y: 'dead', series: 'breaking' }],
};

export default { contract: 1, measurement: [deadUnits], reproduction: [deadUnitsFigure] };
