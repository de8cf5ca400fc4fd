import { defineMeasurement } from '@basinlab/core/measurement';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';

/** Largest weight of every layer over the root mean square of its weights. */
export const myPluginMeasurement = defineMeasurement({
  id: 'my-plugin',
  summary: 'Largest weight of a layer over the root mean square of its weights',
  of: 'model',
  // What `measure` is given follows from what is needed: weights with constants absorbed.
  needs: { weights: 'standard' },
  options: z.strictObject({
    /** Also biases and norms. */
    all: z.boolean().default(false),
  }),
  columns: [
    { name: 'parameter', summary: 'name of the parameter', role: 'axis', type: 'text' },
    { name: 'ratio', summary: 'largest over root mean square', role: 'value', type: 'number', range: [1, Infinity] },
  ],
  plots: [{ kind: 'bars', title: 'Largest weights', x: 'parameter', y: 'ratio' }],
  async measure({ variables }, { all }, { network }) {
    const chosen = network.params.filter(({ role }) => all || role === 'weight');
    return Promise.all(
      chosen.map(async ({ name }) => {
        const ratio = tf.tidy(() => {
          const squares = tf.square(variables.params[name]!);
          return tf.sqrt(tf.div(tf.max(squares), tf.mean(squares)));
        });
        const [value] = await ratio.data();
        ratio.dispose();
        return { parameter: name, ratio: value! };
      }),
    );
  },
});
