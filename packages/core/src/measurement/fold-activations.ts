import type { Observable } from 'rxjs';
import type { ActivationBatch } from '../contracts/index.js';
import { drain } from '../pipeline/index.js';

/**
 * Goes through a stream of activations once: `update` for every batch, in order, while its tensors are there; the next batch is made when it is done.
 * Resolves with the last state, `initial` for a stream without batches.
 */
export async function foldActivations<S>(
  activations: Observable<ActivationBatch>,
  initial: S,
  update: (state: S, batch: ActivationBatch) => S | Promise<S>,
): Promise<S> {
  let state = initial;
  await drain(activations, {
    onEvent: async (batch) => {
      state = await update(state, batch);
    },
  });
  return state;
}
