import type { Architecture } from '@basinlab/core';
import { canPair, type StackedSpecs } from '@basinlab/rebasin';
import { usageError } from '../errors/usage-error.js';
import { parseConfig } from '../experiment/parse.js';
import type { OpenedRun } from './load-models.js';

/** A run's settings, wherever it lies. */
export type RunSettings = Omit<OpenedRun, 'directory'>;

/**
 * What brings models of two runs to one size: nothing has to (`none`), the second is brought to the size of the first (`second`), or one of them gets layers and the other units (`both`), where
 * `wide` is the position of the wider and shallower.
 */
export type Growth = { readonly grows: 'none' } | { readonly grows: 'second' } | { readonly grows: 'both'; readonly wide: 0 | 1 };

/** The architecture that a run's models have when they are loaded, and its options; with those of the architecture that they were trained in. */
export interface RunArchitecture {
  readonly own: Architecture;
  readonly ownOptions: unknown;
  readonly architecture: Architecture;
  readonly options: unknown;
}

export function architectureOf({ experiment, registry, form }: RunSettings): RunArchitecture {
  const own = registry.resolve('architecture', experiment.architecture.id);
  const ownOptions = parseConfig('architecture.options', own.options, experiment.architecture.options);
  const rewrite = form === undefined ? undefined : own.rewrites?.find(({ to }) => to.id === form);
  if (rewrite === undefined) return { own, ownOptions, architecture: own, options: ownOptions };
  return { own, ownOptions, architecture: rewrite.to, options: rewrite.options(ownOptions) };
}

/** Sizes of a network without breaking. */
export const stackedSpecs = ({ architecture, options }: Pick<RunArchitecture, 'architecture' | 'options'>): StackedSpecs => ({
  specs: architecture.params(options),
  stateSpecs: architecture.state?.(options) ?? [],
  stacks: architecture.stacks?.(options) ?? [],
});

/**
 * Throws a usage error unless models of two runs can be compared: one kind of network, of one size, or of sizes that can be made one. Units can be added by architectures that bring models to more of
 * them, or whose units can be split; layers where some can be set to pass on what they are given. Where one model has more of both it has to be the first.
 */
export function demandComparable(runs: readonly [RunSettings, RunSettings]): Growth {
  const [left, right] = runs.map(({ experiment: { architecture, breaking } }) => JSON.stringify([architecture, breaking]));
  if (left === right) return { grows: 'none' };
  const [a, b] = [architectureOf(runs[0]), architectureOf(runs[1])];
  const isStandard = runs.every(({ experiment }) => experiment.breaking.id === 'standard');
  const remedy = 'Compare config.json of the runs.';
  if (a.architecture.id !== b.architecture.id || !isStandard)
    throw usageError('pair', 'two models of one kind of network', 'other options of architecture or breaking', remedy);
  const differences = differencesOf(a, b);
  if (differences.length === 0) return { grows: 'none' };
  const [first, second] = [stackedSpecs(a), stackedSpecs(b)];
  const depth = depthOf(first, second);
  const widening = wideningOf(a);
  const unknown = { depth: depth === 0 ? [] : differences, width: widening === true ? differences : [] };
  const { sizes = unknown } = a.architecture;
  const others = differences.filter((name) => ![...sizes.depth, ...sizes.width].includes(name));
  const got = differences.map((name) => `${name} ${valueOf(a, name)} and ${valueOf(b, name)}`).join(', ');
  if (others.length > 0) throw usageError('pair', 'two models of one kind of network, but for their sizes', got, remedy);
  if (depth !== 0) demandLayers(first, second);
  const [deep, shallow] = depth < 0 ? [second, first] : [first, second];
  const isOneWidth = canPair(deep, shallow, 'same') && !differences.some((name) => !sizes.depth.includes(name));
  if (!isOneWidth && widening !== true) throw usageError('pair', 'two models of one kind of network, as wide as each other', got, widening);
  return growthOf([deep, shallow], depth, isOneWidth, a.own.withLayersOf !== undefined, got);
}

function growthOf(
  [deep, shallow]: readonly [StackedSpecs, StackedSpecs],
  depth: number,
  isOneWidth: boolean,
  canGrowBoth: boolean,
  got: string,
): Growth {
  if (depth === 0 && isOneWidth) return { grows: 'none' };
  if (isOneWidth || canPair(deep, shallow, 'deep wider')) {
    if (depth >= 0) return { grows: 'second' };
    throw usageError('pair', 'no more layers in the second model', got, 'Name the deeper model first.');
  }
  if (depth === 0 && canPair(shallow, deep, 'deep wider'))
    throw usageError('pair', 'no more units in the second model', got, 'Name the larger model first.');
  if (depth !== 0 && canGrowBoth && canPair(deep, shallow, 'shallow wider')) return { grows: 'both', wide: depth > 0 ? 1 : 0 };
  throw usageError(
    'pair',
    'models of which none is the narrower in some layers and the wider in others',
    got,
    'Where a layer is an identity matrix, it must be as wide as the one before it.',
  );
}

/** Above 0 where the first is deeper, below where the second is. */
function depthOf({ stacks }: StackedSpecs, other: StackedSpecs): number {
  const signs = stacks.map(({ layers }, at) => Math.sign(layers.length - (other.stacks[at]?.layers.length ?? 0)));
  if (signs.includes(1) && signs.includes(-1))
    throw usageError('pair', 'one model with no fewer layers in every stack', 'more in some and fewer in others');
  return signs.find((sign) => sign !== 0) ?? 0;
}

/** Throws a usage error unless layers of the stacks that differ can pass on what they are given. */
function demandLayers({ stacks }: StackedSpecs, other: StackedSpecs): void {
  for (const [at, { layers, identity }] of stacks.entries()) {
    const others = other.stacks[at]!.layers.length;
    if (others === layers.length || !('never' in identity)) continue;
    throw usageError(
      'pair',
      'models of one depth, since no layer can pass on exactly what it is given',
      `${layers.length} and ${others} layers`,
      `Here ${identity.never}.`,
    );
  }
}

/** Whether models can be brought to more units, or what to do about it. */
function wideningOf({ architecture, options, own }: RunArchitecture): true | string {
  if (architecture.widen !== undefined) return true;
  const splits = architecture.splits?.(options);
  if (splits === true) return true;
  if (splits !== undefined) return `Units cannot be split: ${splits.never}.`;
  const form = own.rewrites?.find(({ to }) => to.widen !== undefined)?.to.id;
  return form === undefined ? 'Compare config.json of the runs.' : `Models of other sizes can be compared in circuit form: --form ${form}`;
}

const valueOf = ({ options }: RunArchitecture, name: string): string =>
  JSON.stringify((options as Readonly<Record<string, unknown>>)[name]) ?? 'none';

/** Names of options that differ. */
const differencesOf = (a: RunArchitecture, b: RunArchitecture): string[] =>
  [...new Set([...Object.keys(a.options as object), ...Object.keys(b.options as object)])].filter(
    (name) => valueOf(a, name) !== valueOf(b, name),
  );
