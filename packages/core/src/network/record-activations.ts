import * as tf from '@tensorflow/tfjs-core';
import type { ActivationBatch, Network, Site, Tensors, Variables } from '../contracts/index.js';
import { jit } from '../transforms/index.js';

/**
 * Activations of a network in evaluation mode at one site of every layer that has a symmetry group, in batches of at most `batch` rows of
 * `inputs`. The caller disposes the columns.
 */
export function recordActivations(
  network: Network,
  variables: Variables,
  inputs: tf.Tensor,
  { model, site = 'post-activation', batch = 1000 }: { model: string; site?: Site; batch?: number },
): ActivationBatch[] {
  const fields: Record<string, { layer: string; group: string }> = {};
  const record = jit(
    (all: Variables, x: tf.Tensor): Tensors => {
      const taken: Tensors = {};
      network.apply(all, x, {
        tap: (at, value) => {
          if (at.site !== site || at.group === null) return;
          taken[at.layer] = value;
          fields[at.layer] = { layer: at.layer, group: at.group };
        },
      });
      return taken;
    },
    { name: 'record activations' },
  );
  const rows = inputs.shape[0]!;
  const batches: ActivationBatch[] = [];
  for (let from = 0; from < rows; from += batch) {
    const x = tf.slice(inputs, from, Math.min(batch, rows - from));
    const columns = record(variables, x);
    batches.push({
      rows: x.shape[0]!,
      columns: Object.entries(columns).map(([layer, tensor]) => ({
        name: `${model}.${layer}.${site}`,
        field: { model, site, ...fields[layer]! },
        tensor,
      })),
    });
    x.dispose();
  }
  record.dispose();
  return batches;
}

/** Releases the columns of recorded batches. */
export function disposeActivations(batches: readonly ActivationBatch[]): void {
  tf.dispose(batches.flatMap((batch) => batch.columns.map((column) => column.tensor)));
}
