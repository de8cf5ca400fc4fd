import type { Sink } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { applyOverrides } from '../experiment/override.js';
import { parseConfig } from '../experiment/parse.js';

/** A sink with its options checked. */
export interface ChosenSink {
  readonly sink: Sink;
  readonly options: unknown;
}

/** Looks up sinks as `--sink` names them: `tensorboard`, `mlflow:directory=mlruns,experiment=mine`. Throws usage errors. */
export function chooseSinks(texts: readonly string[], registry: Registry): ChosenSink[] {
  return texts.map((text) => {
    const [id, ...rest] = text.split(':');
    const sink = registry.resolve('sink', id!);
    const assignments = rest.join(':');
    const options = applyOverrides({}, assignments === '' ? [] : assignments.split(','));
    return { sink, options: parseConfig(`--sink ${id!}`, sink.options, options) };
  });
}
