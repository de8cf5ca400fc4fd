import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type Network, type Tensors, type Variables } from '@basinlab/core';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import { standard } from '@basinlab/models-asymmetric';
import { enlarge, enlargeBoth, widenUnits, type EnlargeOptions, type LayerPartners, type StackedModel } from '@basinlab/rebasin';
import type { Experiment } from '../experiment/schema.js';
import { standardVariables } from '../pairs/standard-variables.js';
import { architectureOf, demandComparable, stackedSpecs, type RunSettings } from './comparable.js';
import type { LoadedModels } from './load-models.js';

/** A pair of models of one depth and size. */
export interface OneSize {
  readonly first: Variables;
  readonly second: Variables;
  /** Of both: that of the first, or where one is wider and the other deeper one of both sizes. */
  readonly network: Network;
  /** The settings of the first with the options of that network. */
  readonly experiment: Experiment;
  /** Layers in whose places one of the models has some that pass on what they are given. */
  readonly padded: readonly string[];
  /** Models that were brought to another size. */
  readonly resized: readonly ('first' | 'second')[];
  /** The one that has the layers `padded`. */
  readonly paddedIn: 'first' | 'second';
  dispose(): void;
}

/**
 * A pair of models of two runs at one depth and width, each with its function as it is to rounding: the second at the size of the first, or, where one is wider and the other deeper, both. `dispose` releases
 * what was made for that, not what was loaded.
 */
export async function pairAtOneSize(
  runs: readonly [RunSettings, RunSettings],
  loaded: readonly [LoadedModels, LoadedModels],
  positions: readonly [number, number],
  seed: number,
): Promise<OneSize> {
  const growth = demandComparable(runs);
  const variables = [loaded[0].models[positions[0]]!, loaded[1].models[positions[1]]!] as const;
  const [{ experiment }, { network }] = [runs[0], loaded[0]];
  const asFirst = { network, experiment, paddedIn: 'second' } as const;
  if (growth.grows === 'none')
    return { ...asFirst, first: variables[0], second: variables[1], padded: [], resized: [], dispose: () => undefined };
  const options = enlarging(runs[0], seed);
  const standards: Variables[] = [];
  const modelOf = (at: 0 | 1): StackedModel => {
    const own = standardVariables(loaded[at].network, variables[at]);
    standards.push(own);
    return { ...stackedSpecs(architectureOf(runs[at])), params: own.params, state: own.state };
  };
  try {
    const [a, b] = [modelOf(0), modelOf(1)];
    if (growth.grows === 'second') {
      const found = await enlarge(a, b, options);
      const dispose = (): void => tf.dispose([found.params, found.state]);
      return { ...asFirst, first: variables[0], second: variablesOf(found), padded: paddedOf(found.layers), resized: ['second'], dispose };
    }
    const [wide, deep] = growth.wide === 0 ? [a, b] : [b, a];
    const settingsFor = (layers: LayerPartners): RunSettings => atBothSizes(runs, growth.wide, layers);
    const sizedAs = (layers: LayerPartners) => stackedSpecs(architectureOf(settingsFor(layers)));
    const found = await enlargeBoth(wide, deep, { ...options, sizedAs });
    const settings = settingsFor(found.layers);
    const made = [variablesOf(found.wide), variablesOf(found.deep)] as const;
    return {
      ...{ first: made[growth.wide]!, second: made[1 - growth.wide]!, experiment: settings.experiment },
      network: buildNetwork({ ...networkParts(settings), breaking: standard }),
      ...{ padded: paddedOf(found.layers), resized: ['first', 'second'], paddedIn: growth.wide === 0 ? 'first' : 'second' },
      dispose: () => tf.dispose([found.wide, found.deep] as unknown as tf.TensorContainer),
    };
  } finally {
    tf.dispose(standards as unknown as tf.TensorContainer);
  }
}

const networkParts = (settings: RunSettings): Pick<Parameters<typeof buildNetwork>[0], 'architecture' | 'options'> => {
  const { architecture, options } = architectureOf(settings);
  return { architecture, options: options as object };
};

const variablesOf = ({ params, state }: { readonly params: Tensors; readonly state: Tensors }): Variables => ({
  params,
  state,
  constants: {},
});

const paddedOf = (layers: LayerPartners): string[] =>
  Object.entries(layers).flatMap(([layer, partner]) => (partner === null ? [layer] : []));

function enlarging(run: RunSettings, seed: number): EnlargeOptions {
  const { architecture } = architectureOf(run);
  const widen: EnlargeOptions['widen'] = (params, onto) =>
    architecture.widen === undefined ? widenUnits(params, onto) : architecture.widen(params, onto);
  return { widen, key: childKey(keyFromSeed(seed), 'widen') };
}

/** The first run with options of its own architecture that are as wide as those of the one and as deep as those of the other. */
function atBothSizes(runs: readonly [RunSettings, RunSettings], wide: 0 | 1, layers: LayerPartners): RunSettings {
  const [run] = runs;
  const { own, ownOptions } = architectureOf(runs[wide]);
  const options = own.withLayersOf!(ownOptions, architectureOf(runs[1 - wide]!).ownOptions, layers);
  const architecture = { ...run.experiment.architecture, options: options as Experiment['architecture']['options'] };
  return { ...run, experiment: { ...run.experiment, architecture } };
}
