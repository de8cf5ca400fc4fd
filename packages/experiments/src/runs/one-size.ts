import * as tf from '@tensorflow/tfjs-core';
import type { Architecture, LayerStack, Network, Tensors, Variables } from '@basinlab/core';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import { deepen } from '@basinlab/rebasin';
import { usageError } from '../errors/usage-error.js';
import { parseConfig } from '../experiment/parse.js';
import { standardVariables } from '../pairs/standard-variables.js';
import type { LoadedModels, OpenedRun } from './load-models.js';

/** The architecture that a run's models have when they are loaded, and its options. */
function architectureOf({ experiment, registry, form }: Omit<OpenedRun, 'directory'>): { architecture: Architecture; options: unknown } {
  const own = registry.resolve('architecture', experiment.architecture.id);
  const options = parseConfig('architecture.options', own.options, experiment.architecture.options);
  const rewrite = form === undefined ? undefined : own.rewrites?.find(({ to }) => to.id === form);
  return rewrite === undefined ? { architecture: own, options } : { architecture: rewrite.to, options: rewrite.options(options) };
}

const stacksOf = (run: Omit<OpenedRun, 'directory'>): readonly LayerStack[] => {
  const { architecture, options } = architectureOf(run);
  return architecture.stacks?.(options) ?? [];
};

/** Whether two models have as many layers in every stack. */
const areAsDeep = (a: readonly LayerStack[], b: readonly LayerStack[]): boolean =>
  JSON.stringify(a.map(({ layers }) => layers.length)) === JSON.stringify(b.map(({ layers }) => layers.length));

/**
 * Throws a usage error unless models of two runs can be compared: one kind of network, of one size, of an architecture that brings smaller models to the size of
 * larger ones, or of one whose layers can be set to pass on what they are given, where the depth differs.
 */
export function demandComparable(runs: readonly [Omit<OpenedRun, 'directory'>, Omit<OpenedRun, 'directory'>]): void {
  const [left, right] = runs.map(({ experiment: { architecture, breaking } }) => JSON.stringify([architecture, breaking]));
  if (left === right) return;
  const [first, second] = [architectureOf(runs[0]).architecture, architectureOf(runs[1]).architecture];
  const isStandard = runs.every(({ experiment }) => experiment.breaking.id === 'standard');
  if (first.id === second.id && isStandard) {
    if (!areAsDeep(stacksOf(runs[0]), stacksOf(runs[1]))) {
      demandDeeper(stacksOf(runs[0]), stacksOf(runs[1]));
      return;
    }
    if (first.widen !== undefined) return;
  }
  throw usageError(
    'measure',
    'two models of one kind of network',
    'other options of architecture or breaking',
    `Compare config.json of the runs.${first.widen === undefined ? ' Transformers of other sizes can be compared in circuit form: --form gpt2-circuits' : ''}`,
  );
}

/** Throws a usage error unless layers that pass on what they are given bring the second model to the depth of the first. */
function demandDeeper(a: readonly LayerStack[], b: readonly LayerStack[]): void {
  for (const [at, { layers, identity }] of a.entries()) {
    const others = b[at]?.layers.length ?? 0;
    if (others === layers.length) continue;
    if ('never' in identity)
      throw usageError(
        'measure',
        'models of one depth, since no layer can pass on exactly what it is given',
        `${layers.length} and ${others} layers`,
        `Here ${String(identity.never)}.`,
      );
    if (others > layers.length)
      throw usageError('measure', `at most ${layers.length} layers in the second model`, others, 'Name the deeper model first');
  }
}

/** A pair of models of one depth and size. */
interface OneSize {
  readonly first: Variables;
  readonly second: Variables;
  /** Where the first is deeper, its layers in whose places the second has some that pass on what they are given. */
  readonly padded: readonly string[];
  dispose(): void;
}

/** A pair of models of two runs, the second at the depth and the size of the first. `dispose` releases what was made for that, not what was loaded. */
export async function pairAtOneSize(
  runs: readonly [Omit<OpenedRun, 'directory'>, Omit<OpenedRun, 'directory'>],
  loaded: readonly [LoadedModels, LoadedModels],
  positions: readonly [number, number],
  seed: number,
): Promise<OneSize> {
  const [{ network }, other] = loaded;
  const [first, second] = [loaded[0].models[positions[0]]!, loaded[1].models[positions[1]]!];
  if (sizes(network.params) === sizes(other.network.params)) return { first, second, padded: [], dispose: () => undefined };
  const [a, b] = [standardVariables(network, first), standardVariables(other.network, second)];
  try {
    const deepened = await atDepth(runs, [network, other.network], [a, b]);
    const shapes = (tensors: Tensors): string => sizes(network.params.map(({ name }) => ({ name, shape: tensors[name]?.shape ?? [] })));
    const { widen } = architectureOf(runs[0]).architecture;
    if (widen === undefined || shapes(deepened.params) === sizes(network.params)) return pairOf(first, deepened);
    try {
      const onto = { params: a.params, specs: network.standard.params, key: childKey(keyFromSeed(seed), 'widen') };
      return pairOf(first, { ...deepened, params: await widen(deepened.params, onto) });
    } finally {
      tf.dispose(deepened.params);
    }
  } finally {
    tf.dispose([a, b] as unknown as tf.TensorContainer);
  }
}

const sizes = (specs: readonly { readonly name: string; readonly shape: readonly number[] }[]): string =>
  JSON.stringify(specs.map(({ name, shape }) => [name, shape]));

interface AtDepth {
  readonly params: Tensors;
  readonly state: Tensors;
  readonly padded: readonly string[];
}

const pairOf = (first: Variables, { params, state, padded }: AtDepth): OneSize => ({
  ...{ first, second: { params, constants: {}, state }, padded },
  dispose: () => tf.dispose([params, state]),
});

/** The second model with the layers of the first: tensors of its own. */
async function atDepth(
  runs: readonly [Omit<OpenedRun, 'directory'>, Omit<OpenedRun, 'directory'>],
  networks: readonly [Network, Network],
  [a, b]: readonly [Variables, Variables],
): Promise<AtDepth> {
  const [deep, shallow] = [stacksOf(runs[0]), stacksOf(runs[1])];
  if (areAsDeep(deep, shallow)) {
    const own = tf.tidy(() => Object.fromEntries(Object.entries(b.params).map(([name, tensor]) => [name, tf.clone(tensor)])));
    return { params: own, state: {}, padded: [] };
  }
  const stacked = ({ standard }: Network, stacks: readonly LayerStack[], { params, state }: Variables) => ({
    ...{ specs: standard.params, stateSpecs: standard.state, stacks, params, state },
  });
  const { layers, ...found } = await deepen(stacked(networks[0], deep, a), stacked(networks[1], shallow, b));
  return { ...found, padded: Object.entries(layers).flatMap(([layer, partner]) => (partner === null ? [layer] : [])) };
}
