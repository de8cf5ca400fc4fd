import type { Sink } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { choosePlugin } from '../experiment/plugin-choice.js';

/** A sink with its options checked. */
export interface ChosenSink {
  readonly sink: Sink;
  readonly options: unknown;
}

/** Looks up sinks as `--sink` names them: `tensorboard`, `mlflow:directory=mlruns,experiment=mine`. Throws usage errors. */
export function chooseSinks(texts: readonly string[], registry: Registry): ChosenSink[] {
  return texts.map((text) => {
    const { plugin, options } = choosePlugin('--sink', 'sink', text, registry);
    return { sink: plugin, options };
  });
}
