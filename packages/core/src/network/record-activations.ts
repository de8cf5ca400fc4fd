import * as tf from '@tensorflow/tfjs-core';
import { demand, jit } from '@basinlab/tensor';
import type { ActivationBatch, ActivationField, Graph, Network, RecordedSite, Tensors, Variables } from '../contracts/index.js';

/** Which sites are recorded, and rows per batch. */
export interface RecorderOptions {
  /** Default: `post-activation` only. Sites count where a layer has a symmetry group; `input` counts everywhere. */
  sites?: readonly RecordedSite[];
  /** Rows per batch at most. Default 1000. Networks on nodes take all rows at once: every pass runs through the whole graph. */
  batch?: number;
  /** The graph whose nodes the inputs are; needed by networks on nodes. */
  graph?: Graph | undefined;
}

/** What activations are recorded on. */
export interface RecordedExamples {
  /** Samples [rows, ...features], or nodes int32 [rows]. */
  readonly inputs: tf.Tensor;
  /** Of the inputs; needed where `labels` are asked for. */
  readonly labels?: tf.Tensor | undefined;
}

/** Records what a network's units do, as batches of named columns. */
export interface ActivationRecorder {
  /** Batches over the rows of `inputs` (samples, or int32 nodes); columns are named `<model>.<layer>.<site>`. The caller disposes them. */
  record(model: string, variables: Variables, inputs: tf.Tensor): ActivationBatch[];
  /** The same one batch at a time: each is recorded when it is asked for and released when the next is, so that only one is in memory. */
  stream(model: string, variables: Variables, examples: tf.Tensor | RecordedExamples): Iterable<ActivationBatch>;
  /** Releases the compiled programs. */
  dispose(): void;
}

/** The field of a column of logits, [rows, outputs], named `<model>.logits`. */
const logitsField = { layer: 'logits', site: 'post-linear' } as const;
/** The column of labels, as in `Split`: of no model. */
export const labelsField: ActivationField = { model: '', layer: 'labels', site: 'input' };

/** Compiles the recording of a network's activations in evaluation mode, at the given sites of every layer. */
export function createActivationRecorder(
  network: Network,
  { sites = ['post-activation'], batch = 1000, graph }: RecorderOptions = {},
): ActivationRecorder {
  demand(network.input === 'samples' || graph !== undefined, network.architecture, 'a graph, whose nodes the inputs are', 'none');
  const fields: Record<string, Omit<ActivationField, 'model'>> = {};
  const program = jit(
    (variables: Variables, x: tf.Tensor, around: { graph?: Graph }): Tensors => {
      const taken: Tensors = {};
      const { logits } = network.apply(variables, x, {
        ...around,
        tap: ({ layer, site, group }, value) => {
          if (!sites.includes(site) || (group === null && site !== 'input')) return;
          taken[`${layer}.${site}`] = value;
          fields[`${layer}.${site}`] = { layer, site, ...(group === null ? {} : { group }) };
        },
      });
      if (sites.includes('logits')) {
        taken['logits'] = logits;
        fields['logits'] = logitsField;
      }
      return taken;
    },
    { name: 'record-activations' },
  );
  function* batches(model: string, variables: Variables, given: tf.Tensor | RecordedExamples): Generator<ActivationBatch> {
    const { inputs, labels } = given instanceof tf.Tensor ? { inputs: given, labels: undefined } : given;
    demand(!sites.includes('labels') || labels !== undefined, network.architecture, 'labels of the inputs', 'none');
    const rows = inputs.shape[0]!;
    const step = network.input === 'nodes' ? Math.max(1, rows) : batch;
    for (let from = 0; from < rows; from += step) {
      const count = Math.min(step, rows - from);
      const x = tf.slice(inputs, from, count);
      const columns = Object.entries(program(variables, x, graph === undefined ? {} : { graph })).map(([place, tensor]) => ({
        name: `${model}.${place}`,
        field: { model, ...fields[place]! },
        tensor,
      }));
      x.dispose();
      const labelled = sites.includes('labels') ? [{ name: 'labels', field: labelsField, tensor: tf.slice(labels!, from, count) }] : [];
      yield { rows: count, columns: [...columns, ...labelled] };
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
