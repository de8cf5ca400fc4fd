import { readFile } from 'node:fs/promises';
import type { ActivationBatch, RunEvent } from '@basinlab/core';
import { decodeArrow } from '@basinlab/core/arrow';
import { batchesSource, runMeasurements, type MeasurementRequest, type Subject } from '@basinlab/core/measurement';
import { onDemand, pull } from '@basinlab/core/pipeline';
import { keyFromSeed } from '@basinlab/core/random';
import * as tf from '@tensorflow/tfjs-core';
import type { Observable } from 'rxjs';
import { consecutivePairs } from '../pairs/measure-models.js';

/** A file of activations and what is measured on it. */
export interface MeasureFileOptions {
  /** Arrow IPC file or stream: columns with `model`, `layer` and `site` in their metadata, and if wanted `logits` and `labels`. */
  readonly path: string;
  readonly requests: readonly MeasurementRequest[];
  /** Default 1. */
  readonly seed?: number;
}

/**
 * Measures activations that were captured elsewhere: each model that the columns name, and the pairs (1,2), (3,4), ... of them in the order of the
 * columns. Throws BasinlabError for measurements that need more than activations.
 */
export function measureFile({ path, requests, seed = 1 }: MeasureFileOptions): Observable<RunEvent> {
  return onDemand(async function* () {
    const read = async (): Promise<ActivationBatch[]> => named(await decodeArrow(await readFile(path), { id: path }));
    const first = await read();
    const names = [...new Set(first.flatMap(({ columns }) => columns.map(({ field }) => field.model)))].filter((name) => name !== '');
    release(first);
    const models = names.map((name) => ({ name }));
    const subjects: Subject[] = [
      ...models.map((model): Subject => ({ of: 'model', labels: { model: model.name }, model })),
      ...consecutivePairs(models.length).map(([at, other]): Subject => {
        const [a, b] = [models[at]!, models[other]!];
        return { of: 'pair', labels: { pair: `${a.name}-${b.name}`, alignment: 'none' }, a, b, alignment: 'none' };
      }),
    ];
    const sources = batchesSource(async function* () {
      const batches = await read();
      try {
        yield* batches;
      } finally {
        release(batches);
      }
    });
    yield* pull(runMeasurements(requests, subjects, { sources, key: keyFromSeed(seed), execution: 'map' }));
  });
}

/** Columns that are called `logits` or `labels`, alone or as `logits:a`, are what they are called, whatever their metadata leave out. */
function named(batches: readonly ActivationBatch[]): ActivationBatch[] {
  return batches.map(({ rows, columns }) => ({
    rows,
    columns: columns.map(({ name, field, tensor }) => {
      const [, kind, model] = /^(logits|labels)(?::(.+))?$/.exec(name) ?? [];
      if (kind === undefined) return { name, field, tensor };
      return { name, field: { ...field, layer: kind, model: kind === 'labels' ? '' : (model ?? field.model) }, tensor };
    }),
  }));
}

const release = (batches: readonly ActivationBatch[]): void =>
  tf.dispose(batches.flatMap(({ columns }) => columns.map(({ tensor }) => tensor)));
