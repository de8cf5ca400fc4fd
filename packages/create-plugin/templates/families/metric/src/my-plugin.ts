import { demand, type Metric } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';

/** Of one layer: how many values it had, and how many of them were not 0. */
interface Count {
  readonly labels: { readonly layer: string; readonly site: string };
  readonly values: number;
  readonly active: number;
}

/** Share of activations that are not 0, layer by layer; 1 - this is the sparsity of a layer of ReLUs. */
export const myPluginMetric: Metric<Readonly<Record<string, Count>>> = {
  id: 'my-plugin',
  summary: 'share of activations that are not 0',
  inputs: ['activations'],
  range: [0, 1],
  init: () => ({}),
  // Batches come one after the other: what is kept of them must not depend on where they were cut.
  update(state, { columns }) {
    demand(columns.length > 0, 'my-plugin', 'activations of a layer at least', 'none');
    const next = { ...state };
    for (const { name, field, tensor } of columns) {
      const active = tf.tidy(() => tf.sum(tf.cast(tf.notEqual(tensor, 0), 'int32')).dataSync()[0]!);
      const { values: before, active: activeBefore } = state[name] ?? { values: 0, active: 0 };
      next[name] = { labels: { layer: field.layer, site: field.site }, values: before + tensor.size, active: activeBefore + active };
    }
    return next;
  },
  result: (state) => Object.values(state).map(({ labels, values, active }) => ({ name: 'active', value: active / values, labels })),
};
