import { BasinlabError, demand } from '@basinlab/tensor';
import type {
  Architecture,
  Dataset,
  Engine,
  Executor,
  Measurement,
  Metric,
  Optimizer,
  RebasinStrategy,
  Reproduction,
  Schedule,
  Sink,
  SymmetryBreaking,
} from '../contracts/index.js';

/** What can be plugged in, by family: the name of a family is the token under which its plugins are registered. */
export interface PluginFamilies {
  readonly architecture: Architecture;
  readonly symmetryBreaking: SymmetryBreaking;
  readonly rebasin: RebasinStrategy;
  readonly metric: Metric;
  readonly measurement: Measurement;
  readonly dataset: Dataset;
  readonly engine: Engine;
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  readonly reproduction: Reproduction;
  readonly sink: Sink;
  readonly executor: Executor;
}
/** Name of a plugin family. */
export type Family = keyof PluginFamilies;

/** What a third-party module exports, as default or as `plugins`: lists of plugins by family. */
export type PluginModule = {
  /** Version of the contracts that the plugins were written for; see `contractVersion`. Default 1. */
  readonly contract?: number;
} & { readonly [F in Family]?: readonly PluginFamilies[F][] };

type FieldKind = 'text' | 'function' | 'schema' | 'list' | 'objects' | 'range' | 'needs' | 'subject' | 'wants' | 'columns';

/** Required fields of each contract, for plugins that no compiler has seen. */
const contracts: { readonly [F in Family]: { readonly [K in keyof PluginFamilies[F]]?: FieldKind } } = {
  architecture: {
    id: 'text',
    summary: 'text',
    options: 'schema',
    params: 'function',
    activations: 'function',
    activation: 'function',
    apply: 'function',
  },
  symmetryBreaking: { id: 'text', summary: 'text', options: 'schema', constants: 'function' },
  rebasin: { id: 'text', summary: 'text', needs: 'needs', align: 'function' },
  metric: { id: 'text', inputs: 'list', range: 'range', init: 'function', update: 'function', result: 'function' },
  measurement: { id: 'text', summary: 'text', options: 'schema', of: 'subject', needs: 'wants', columns: 'columns', measure: 'function' },
  dataset: { id: 'text', summary: 'text', options: 'schema', status: 'function', load: 'function' },
  engine: { id: 'text', summary: 'text', status: 'function', start: 'function' },
  optimizer: { id: 'text', options: 'schema', init: 'function', update: 'function' },
  schedule: { id: 'text', options: 'schema', factor: 'function' },
  reproduction: {
    id: 'text',
    title: 'text',
    where: 'text',
    summary: 'text',
    settings: 'schema',
    scale: 'function',
    summarize: 'function',
    claims: 'objects',
    figures: 'objects',
  },
  sink: { id: 'text', summary: 'text', options: 'schema', open: 'function' },
  executor: { id: 'text', summary: 'text', options: 'schema', run: 'function', look: 'function', cancel: 'function' },
};

const kinds: Record<FieldKind, { readonly words: string; readonly holds: (value: unknown) => boolean }> = {
  text: { words: 'a text', holds: (value) => typeof value === 'string' && value !== '' },
  function: { words: 'a function', holds: (value) => typeof value === 'function' },
  schema: { words: 'a zod schema', holds: (value) => typeof (value as { safeParse?: unknown } | undefined)?.safeParse === 'function' },
  list: { words: 'a list of texts', holds: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string') },
  objects: {
    words: 'a list of objects',
    holds: (value) => Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null),
  },
  range: {
    words: 'a pair of numbers',
    holds: (value) => Array.isArray(value) && value.length === 2 && value.every((item) => typeof item === 'number'),
  },
  subject: {
    words: '"model", "pair", "population" or "trajectory"',
    holds: (value) => ['model', 'pair', 'population', 'trajectory'].includes(value as string),
  },
  wants: {
    words: 'an object of needs, or a function that gives one',
    holds: (value) => typeof value === 'function' || (typeof value === 'object' && value !== null && !Array.isArray(value)),
  },
  columns: {
    words: 'a list of columns with name, summary, role and type',
    holds: (value) => Array.isArray(value) && value.length > 0 && value.every(isColumn),
  },
  needs: { words: '"weights", "activations" or "loss"', holds: (value) => ['weights', 'activations', 'loss'].includes(value as string) },
};

function isColumn(value: unknown): boolean {
  const { name, summary, role, type } = (value ?? {}) as Record<string, unknown>;
  return (
    [name, summary].every((text) => typeof text === 'string') &&
    ['axis', 'value'].includes(role as string) &&
    ['number', 'text'].includes(type as string)
  );
}

/** All family names, in the order of the table above. */
export const families = Object.keys(contracts) as readonly Family[];

/** Refuses a value that lacks a field of its family's contract; `from` says where it came from, for the error. */
export function checkPlugin<F extends Family>(family: F, plugin: unknown, from: string): asserts plugin is PluginFamilies[F] {
  demand(
    typeof plugin === 'object' && plugin !== null && !Array.isArray(plugin),
    from,
    `a plugin of family ${family} must be an object`,
    plugin,
  );
  const fields = plugin as Record<string, unknown>;
  const who = typeof fields['id'] === 'string' && fields['id'] !== '' ? `${from}: ${family} "${fields['id']}"` : `${from}: ${family}`;
  for (const [field, kind] of Object.entries(contracts[family]) as [string, FieldKind][]) {
    const { words, holds } = kinds[kind];
    const value = fields[field];
    if (holds(value)) continue;
    const got = typeof value === 'function' ? 'a function' : value;
    throw new BasinlabError(who, `${field} must be ${words}`, got, {
      exitCode: 2,
      remedy: `See the contract of ${family} in @basinlab/core.`,
    });
  }
}
