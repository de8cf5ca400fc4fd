import * as tf from '@tensorflow/tfjs-core';
import type { Architecture, Network, Variables } from '@basinlab/core';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import { usageError } from '../errors/usage-error.js';
import { standardVariables } from '../pairs/standard-variables.js';
import type { LoadedModels, OpenedRun } from './load-models.js';

/** The architecture that a run's models have when they are loaded. */
function architectureOf({ experiment, registry, form }: Omit<OpenedRun, 'directory'>): Architecture {
  const own = registry.resolve('architecture', experiment.architecture.id);
  return (form === undefined ? undefined : own.rewrites?.find(({ to }) => to.id === form)?.to) ?? own;
}

/**
 * Throws a usage error unless models of two runs can be compared: one kind of network, of one size, or of an architecture that brings smaller models to the size of
 * larger ones.
 */
export function demandComparable(runs: readonly [Omit<OpenedRun, 'directory'>, Omit<OpenedRun, 'directory'>]): void {
  const [left, right] = runs.map(({ experiment: { architecture, breaking } }) => JSON.stringify([architecture, breaking]));
  if (left === right) return;
  const [first, second] = runs.map(architectureOf);
  const isWidened =
    first!.id === second!.id && first!.widen !== undefined && runs.every(({ experiment }) => experiment.breaking.id === 'standard');
  if (isWidened) return;
  throw usageError(
    'measure',
    'two models of one kind of network',
    'other options of architecture or breaking',
    `Compare config.json of the runs.${first!.widen === undefined ? ' Transformers of other sizes can be compared in circuit form: --form gpt2-circuits' : ''}`,
  );
}

/** A pair of models of two runs, the second at the size of the first. `dispose` releases what was made for that, not what was loaded. */
export async function pairAtOneSize(
  run: Omit<OpenedRun, 'directory'>,
  loaded: readonly [LoadedModels, LoadedModels],
  positions: readonly [number, number],
  seed: number,
): Promise<{ readonly first: Variables; readonly second: Variables; dispose(): void }> {
  const [{ network }, other] = loaded;
  const [first, second] = [loaded[0].models[positions[0]]!, loaded[1].models[positions[1]]!];
  const sizes = ({ params }: Network): string => JSON.stringify(params.map(({ name, shape }) => [name, shape]));
  if (sizes(network) === sizes(other.network)) return { first, second, dispose: () => undefined };
  const [a, b] = [standardVariables(network, first), standardVariables(other.network, second)];
  try {
    const params = await architectureOf(run).widen!(b.params, {
      ...{ params: a.params, specs: network.standard.params },
      key: childKey(keyFromSeed(seed), 'widen'),
    });
    return { first, second: { params, constants: {}, state: {} }, dispose: () => tf.dispose(params) };
  } finally {
    tf.dispose([a, b] as unknown as tf.TensorContainer);
  }
}
