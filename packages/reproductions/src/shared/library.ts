import { resolve } from 'node:path';
import type { EngineInfo, Scale } from '@basinlab/core';
import { addModules, createBuiltinRegistry, workOf, type Work } from '@basinlab/experiments';
import { builtinReproductions } from '../index.js';
import type { Summary } from './contract.js';
import { reproduce } from './reproduce.js';

/** What `reproduceFigure` reproduces and where it writes. */
export interface ReproduceFigureOptions {
  /** Id of a figure (`builtinReproductions` lists them), or of a plugin's. */
  readonly id: string;
  readonly scale?: Scale;
  readonly out: string;
  /** Folder of trained populations, which figures share. Default `populations` in `out`. */
  readonly store?: string;
  readonly set?: readonly string[];
  /** Measurements beside the figure's own. */
  readonly metrics?: readonly string[];
  readonly plugins?: readonly string[];
  readonly engine: EngineInfo;
  readonly signal?: AbortSignal;
}

/** Makes a figure again: what `basinlab reproduce` does. Resolves with its summary and the path of its report. */
export function reproduceFigure({
  id,
  scale = 'small',
  out,
  store,
  set = [],
  metrics = [],
  plugins = [],
  engine,
  signal,
}: ReproduceFigureOptions): Work<{ summary: Summary; report: string }> {
  return workOf(async (emit) => {
    const own = createBuiltinRegistry().registerModule({ reproduction: builtinReproductions }, '@basinlab/reproductions');
    const { registry, hashes } = await addModules(own, plugins);
    return reproduce({
      ...{ scale, set, metrics, registry, engine, emit, plugins: hashes },
      reproduction: registry.resolve('reproduction', id),
      out: resolve(out),
      ...(store === undefined ? {} : { store: resolve(store) }),
      command: `reproduceFigure(${JSON.stringify({ id, scale, set })})`,
      signal: signal ?? new AbortController().signal,
    });
  });
}
