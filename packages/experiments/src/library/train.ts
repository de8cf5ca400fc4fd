import { resolve } from 'node:path';
import type { EngineInfo } from '@basinlab/core';
import { fitToData } from '../experiment/fit-to-data.js';
import { loadData } from '../experiment/plan.js';
import { resolveExperiment } from '../experiment/resolve.js';
import { modulePath } from '../experiment/starting-point.js';
import { findPreset, overridesOf } from '../presets/index.js';
import { createBuiltinRegistryWith } from '../registry.js';
import { trainAndTest, type ModelResult } from '../runs/train-and-test.js';
import { workOf, type Work } from './work.js';

/** An experiment by preset and settings, and where it is written. */
export interface TrainOptions {
  /** Folder of the run; one that holds a run of the same settings is gone on with. */
  readonly out: string;
  /** A preset (`presets` lists them) with its scale, or settings from scratch. */
  readonly preset?: string;
  readonly scale?: 'smoke' | 'small' | 'paper';
  readonly settings?: unknown;
  /** `path=value` overrides, as of `basinlab train --set`. */
  readonly set?: readonly string[];
  /** Modules with plugins: paths or installed packages. */
  readonly plugins?: readonly string[];
  /** What the engine said when it was started; a run keeps it. */
  readonly engine: EngineInfo;
  readonly signal?: AbortSignal;
}

/** Where a training run was written, and its experiment. */
export interface TrainResult {
  readonly directory: string;
  /** Test accuracy, a share, and loss of every model. */
  readonly models: readonly ModelResult[];
}

/** Trains a population into a folder: what `basinlab train` does. Throws usage errors for settings that do not fit before the folder is made. */
export function train({
  out,
  preset,
  scale = 'paper',
  settings = {},
  set = [],
  plugins = [],
  engine,
  signal,
}: TrainOptions): Work<TrainResult> {
  return workOf(async (emit) => {
    const { registry, hashes } = await createBuiltinRegistryWith(plugins.map(modulePath));
    const found = preset === undefined ? undefined : findPreset(preset);
    const overrides = [...(found === undefined ? [] : overridesOf(found, scale)), ...set];
    const resolved = resolveExperiment('train', found?.experiment ?? settings, overrides, registry);
    const data = await loadData(resolved, registry);
    const directory = resolve(out);
    try {
      const experiment = fitToData(resolved, registry, data);
      const common = { directory, experiment, registry, plugins: hashes, engine, data, emit };
      const { models } = await trainAndTest({ ...common, signal: signal ?? new AbortController().signal });
      return { directory, models };
    } finally {
      data.dispose();
    }
  });
}
