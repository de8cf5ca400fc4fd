import type { MeasuredModel, MeasurementRow } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import type { Tensors } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { updateCosineSimilarity } from './update-cosine-similarity.js';

type Model = Parameters<typeof updateCosineSimilarity>[0]['from'];

/** {@link updateCosineSimilarity} of pairs of models over training: of all updates since the first epoch, and of those since the epoch before. */
export const updateCosine = defineMeasurement({
  id: 'update-cosine-similarity',
  summary: 'Cosine similarity of what training did to two models',
  of: 'trajectory',
  needs: { weights: 'raw' },
  options: z.strictObject({
    pairs: z.enum(['consecutive', 'all']).default('consecutive').describe('models (1,2), (3,4), ..., or every two'),
    includeFixed: z.boolean().default(false).describe('count entries that a mask holds fixed, as the code of the reference does'),
  }),
  columns: [
    { name: 'epoch', summary: 'epochs trained', role: 'axis', type: 'number' },
    { name: 'pair', summary: 'the two models', role: 'axis', type: 'text' },
    { name: 'since', summary: 'where the updates begin: first epoch, epoch before', role: 'axis', type: 'text' },
    { name: 'cosine', summary: 'over all parameters together; 0 where one did not move', role: 'value', type: 'number', range: [-1, 1] },
  ],
  plots: [{ kind: 'lines', title: 'Cosine similarity of updates', x: 'epoch', y: 'cosine', series: 'since' }],
  async measure({ models, epochs, at }, { pairs, includeFixed }, { signal }) {
    const chosen = models.flatMap((_, j) =>
      models.slice(0, j).flatMap((__, i) => (pairs === 'all' || (i % 2 === 0 && j === i + 1) ? [[i, j] as const] : [])),
    );
    const rows: MeasurementRow[] = [];
    const [start, ...later] = epochs;
    if (start === undefined) return rows;
    const first = await at(start, kept);
    let before = first;
    try {
      for (const epoch of later) {
        signal.throwIfAborted();
        const now = await at(epoch, kept);
        const cosine = async (from: readonly Model[], [i, j]: readonly [number, number]): Promise<number> =>
          (await updateCosineSimilarity({ from: from[i]!, to: now[i]! }, { from: from[j]!, to: now[j]! }, { includeFixed })).aggregate;
        for (const pair of chosen) {
          const named = { epoch, pair: pair.map((model) => models[model]!.name).join('-') };
          rows.push({ ...named, since: 'first epoch', cosine: await cosine(first, pair) });
          rows.push({ ...named, since: 'epoch before', cosine: await cosine(before, pair) });
        }
        if (before !== first) tf.dispose(before as unknown as tf.TensorContainer);
        before = now;
      }
    } finally {
      tf.dispose([first, before] as unknown as tf.TensorContainer);
    }
    return rows;
  },
});

/** Models whose tensors outlive the checkpoint that they came from. */
function kept(models: readonly MeasuredModel[]): Promise<Model[]> {
  const copy = (tensors: Tensors): Tensors => Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.clone(tensor)]));
  return Promise.resolve(models.map(({ variables: { params, constants } }) => ({ params: copy(params), constants: copy(constants) })));
}
