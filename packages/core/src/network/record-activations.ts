import * as tf from '@tensorflow/tfjs-core';
import type { ActivationBatch, Graph, Network, Site, Tensors, Variables } from '../contracts/index.js';
import { demand } from '../errors.js';
import { jit } from '../transforms/index.js';

export interface RecorderOptions {
  /** Default: `post-activation` only. */
  sites?: readonly Site[];
  /** Rows per batch at most. Default 1000. Networks on nodes take all rows at once: every pass runs through the whole graph. */
  batch?: number;
  /** The graph whose nodes the inputs are; needed by networks on nodes. */
  graph?: Graph | undefined;
}

export interface ActivationRecorder {
  /** Batches over the rows of `inputs` (samples, or int32 nodes); columns are named `<model>.<layer>.<site>`. The caller disposes them. */
  record(model: string, variables: Variables, inputs: tf.Tensor): ActivationBatch[];
  /** The same one batch at a time: each is recorded when it is asked for and released when the next is, so that only one is in memory. */
  stream(model: string, variables: Variables, inputs: tf.Tensor): Iterable<ActivationBatch>;
  /** Releases the compiled programs. */
  dispose(): void;
}

/** Compiles the recording of a network's activations in evaluation mode, at the given sites of every layer that has a symmetry group. */
export function createActivationRecorder(
  network: Network,
  { sites = ['post-activation'], batch = 1000, graph }: RecorderOptions = {},
): ActivationRecorder {
  demand(network.input === 'samples' || graph !== undefined, network.architecture, 'a graph, whose nodes the inputs are', 'none');
  const fields: Record<string, { layer: string; site: Site; group: string }> = {};
  const program = jit(
    (variables: Variables, x: tf.Tensor, around: { graph?: Graph }): Tensors => {
      const taken: Tensors = {};
      network.apply(variables, x, {
        ...around,
        tap: ({ layer, site, group }, value) => {
          if (group === null || !sites.includes(site)) return;
          taken[`${layer}.${site}`] = value;
          fields[`${layer}.${site}`] = { layer, site, group };
        },
      });
      return taken;
    },
    { name: 'record-activations' },
  );
  function* batches(model: string, variables: Variables, inputs: tf.Tensor): Generator<ActivationBatch> {
    const rows = inputs.shape[0]!;
    const step = network.input === 'nodes' ? Math.max(1, rows) : batch;
    for (let from = 0; from < rows; from += step) {
      const x = tf.slice(inputs, from, Math.min(step, rows - from));
      const columns = Object.entries(program(variables, x, graph === undefined ? {} : { graph })).map(([place, tensor]) => ({
        name: `${model}.${place}`,
        field: { model, ...fields[place]! },
        tensor,
      }));
      x.dispose();
      yield { rows: Math.min(step, rows - from), columns };
    }
  }
  return {
    record: (...of) => [...batches(...of)],
    *stream(...of) {
      for (const current of batches(...of)) {
        try {
          yield current;
        } finally {
          disposeActivations([current]);
        }
      }
    },
    dispose: () => program.dispose(),
  };
}

/** Records one model once. See {@link createActivationRecorder} for many. */
export function recordActivations(
  network: Network,
  variables: Variables,
  inputs: tf.Tensor,
  { model, ...options }: RecorderOptions & { model: string },
): ActivationBatch[] {
  const recorder = createActivationRecorder(network, options);
  try {
    return recorder.record(model, variables, inputs);
  } finally {
    recorder.dispose();
  }
}

/** Releases the columns of recorded batches. */
export function disposeActivations(batches: readonly ActivationBatch[]): void {
  tf.dispose(batches.flatMap((batch) => batch.columns.map((column) => column.tensor)));
}
