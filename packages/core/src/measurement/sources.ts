import { BasinlabError, demand } from '@basinlab/tensor';
import type { Observable } from 'rxjs';
import type { ActivationBatch, Graph, Network, RecordedSite } from '../contracts/index.js';
import { createActivationRecorder, type ActivationRecorder, type RecordedExamples } from '../network/index.js';
import { onDemand } from '../pipeline/index.js';
import type { ActivationSources } from './run.js';
import type { SubjectModel } from './subject.js';

/** Network and examples whose activations are recorded on demand. */
export interface RecordedSourceOptions {
  /** The network in standard form, whose `standard` variables are run. */
  readonly network: Network;
  readonly examples: RecordedExamples;
  /** Rows per batch. Default 1000, and 50 for convolutions, whose feature maps are large. */
  readonly batch?: number;
  readonly graph?: Graph | undefined;
}

/** Activations recorded from models: every subscription is one forward pass in evaluation mode, a batch at a time, released when it has been used up. */
export function recordedSource({ network, examples, batch, graph }: RecordedSourceOptions): ActivationSources & { dispose(): void } {
  const convolves = network.params.some(({ shape }) => shape.length === 4);
  const recorders = new Map<string, ActivationRecorder>();
  const recorderFor = (sites: readonly RecordedSite[]): ActivationRecorder => {
    const key = [...sites].sort().join(' ');
    const recorder = recorders.get(key) ?? createActivationRecorder(network, { sites, graph, batch: batch ?? (convolves ? 50 : 1000) });
    recorders.set(key, recorder);
    return recorder;
  };
  return {
    of: ({ name, standard }, sites) => onDemand(() => recorderFor(sites).stream(name, standard!, examples)),
    dispose: () => recorders.forEach((recorder) => recorder.dispose()),
  };
}

/**
 * Activations that were captured elsewhere, as batches in memory or read one by one: `open` is called for every pass. Columns belong to the model that
 * `field.model` names; labels to none.
 * @throws BasinlabError, in the stream, for a model that has no column
 */
export function batchesSource(open: () => Iterable<ActivationBatch> | AsyncIterable<ActivationBatch>): ActivationSources {
  return {
    of: (model): Observable<ActivationBatch> =>
      onDemand(async function* () {
        for await (const batch of open()) yield columnsOf(batch, model);
      }),
  };
}

function columnsOf({ rows, columns }: ActivationBatch, { name }: SubjectModel): ActivationBatch {
  const own = columns.filter(({ field }) => field.model === name || field.layer === 'labels');
  if (own.length === 0) {
    const known = [...new Set(columns.map(({ field }) => field.model))];
    throw new BasinlabError('activations', `columns of model ${name}`, `columns of ${known.join(', ') || 'no model'}`);
  }
  demand(rows > 0, 'activations', 'at least one row per batch', rows);
  return { rows, columns: own };
}
