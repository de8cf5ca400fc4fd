import { keyFromSeed, type Network, type Tensors } from '@basinlab/core';
import { childKey, foldIn, permutation, type Key } from '@basinlab/core/random';
import { midpointLossBarrier, peakLossBarrier } from '@basinlab/metrics/barrier';
import * as tf from '@tensorflow/tfjs-core';
import { basisOf, latentData, roleKey } from './data.js';
import { compilePopulation, type SyntheticPrograms } from './population.js';
import { checkSettings, paperSettings, type EmbeddingFamily, type SyntheticCoherenceSettings } from './settings.js';

/** One pair of trained networks. Losses are mean squared errors on test samples. */
export interface SyntheticCoherenceRow {
  readonly family: EmbeddingFamily;
  /** Active copies r. */
  readonly spread: number;
  /** Of the inputs' plane: 1 / r. */
  readonly coherence: number;
  readonly outerSeed: number;
  readonly pair: number;
  /** L(1/2) - max(L(0), L(1)); negative where the middle is better than both ends. */
  readonly midpointBarrier: number;
  /** max L - max(L(0), L(1)), at least 0. */
  readonly peakBarrier: number;
  /** At evenly spaced points from 0 to 1. */
  readonly losses: readonly number[];
}

/** Settings that differ from the paper's, and how they are run. */
export interface SyntheticCoherenceOptions extends Partial<SyntheticCoherenceSettings> {
  /** How models share the machine: `vmap` all at once, or `map` one after the other. Default `vmap`. */
  readonly execution?: 'map' | 'vmap';
  readonly signal?: AbortSignal;
  /** Called when a setting (a family at a spread) is done. */
  readonly progress?: (done: number, total: number) => void;
}

/**
 * The synthetic coherence experiment of arXiv 2606.04754: networks sum_j relu((w_j * mask_j) . x + b_j), whose mask is all that tells their neurons
 * apart, learn relu(z_1 + z_2) from two latent coordinates spread over many inputs. The more they are spread, the lower the coherence of the
 * inputs, and the less a mask says: barriers between pairs of networks grow. All models of a setting train as one compiled population; masks, data
 * and frames belong to an outer seed, initial weights and order of the data to a model, whatever the setting.
 * @returns a row per family, spread, outer seed and pair
 */
export async function syntheticCoherence(options: SyntheticCoherenceOptions = {}): Promise<SyntheticCoherenceRow[]> {
  const { execution = 'vmap', signal, progress, ...given } = options;
  const settings = { ...paperSettings, ...given };
  checkSettings(settings);
  const programs = compilePopulation(settings, execution);
  const root = childKey(keyFromSeed(settings.seed), 'synthetic-coherence');
  const models = startModels(programs.network, settings, root);
  const rows: SyntheticCoherenceRow[] = [];
  const total = settings.families.length * settings.spreads.length;
  try {
    for (const family of settings.families) {
      for (const spread of settings.spreads) {
        signal?.throwIfAborted();
        rows.push(...(await measureSetting({ family, spread, programs, models, settings, root })));
        progress?.(rows.length / (settings.outerSeeds * settings.pairs), total);
      }
    }
    return rows;
  } finally {
    programs.dispose();
    tf.dispose(models as unknown as tf.TensorContainer);
  }
}

/** Initial weights, masks and order of the data of all models, by outer seed and then in pairs: the same for every setting. */
type StartedModels = { params: Tensors; constants: Tensors; order: tf.Tensor };

function startModels(
  network: Network,
  { outerSeeds, pairs, epochs, trainSamples, batchSize }: SyntheticCoherenceSettings,
  root: Key,
): StartedModels {
  const perSeed = 2 * pairs;
  const orders = new Int32Array(outerSeeds * perSeed * epochs * trainSamples);
  const variables = Array.from({ length: outerSeeds }, (_, outer) => {
    const [maskKey, modelsKey] = [roleKey(root, 'mask', outer), roleKey(root, 'models', outer)];
    return Array.from({ length: perSeed }, (__, model) => {
      const key = foldIn(modelsKey, model);
      for (let epoch = 0; epoch < epochs; epoch++) {
        const at = ((outer * perSeed + model) * epochs + epoch) * trainSamples;
        orders.set(permutation(foldIn(childKey(key, 'order'), epoch), trainSamples), at);
      }
      return network.init({ initKey: childKey(key, 'init'), constantsKey: maskKey });
    });
  }).flat();
  const stack = (part: 'params' | 'constants'): Tensors =>
    Object.fromEntries(Object.keys(variables[0]![part]).map((name) => [name, tf.stack(variables.map((one) => one[part][name]!))]));
  const started = { params: stack('params'), constants: stack('constants') };
  tf.dispose(variables as unknown as tf.TensorContainer);
  const steps = (epochs * trainSamples) / batchSize;
  return { ...started, order: tf.tensor(orders, [outerSeeds * perSeed, steps, batchSize], 'int32') };
}

interface SettingWork {
  readonly family: EmbeddingFamily;
  readonly spread: number;
  readonly programs: SyntheticPrograms;
  readonly models: StartedModels;
  readonly settings: SyntheticCoherenceSettings;
  readonly root: Key;
}

async function measureSetting({ family, spread, programs, models, settings, root }: SettingWork): Promise<SyntheticCoherenceRow[]> {
  const { outerSeeds, pairs, copies, trainSamples, testSamples, points } = settings;
  const outers = Array.from({ length: outerSeeds }, (_, outer) => outer);
  const bases = outers.map((outer) => basisOf(family, spread, settings, roleKey(root, 'frame', outer)));
  const dataOf = (role: 'train' | 'test', samples: number, times: number) => {
    const data = outers.map((outer) => latentData(samples, roleKey(root, role, outer)));
    const ofAll = (values: readonly Float32Array[], shape: readonly number[]): tf.Tensor => repeated(values, times, shape);
    return tf.tidy(() => ({
      basis: ofAll(bases, [2 * copies, 2]),
      latent: tf.transpose(
        ofAll(
          data.map(({ latent }) => latent),
          [samples, 2],
        ),
        [0, 2, 1],
      ),
      targets: ofAll(
        data.map(({ targets }) => targets),
        [samples],
      ),
    }));
  };
  const [train, test] = [dataOf('train', trainSamples, 2 * pairs), dataOf('test', testSamples, pairs)];
  const trained = programs.train({ ...models, ...train });
  const ends = tf.tidy(() => ({ a: everyOther(trained, 0), b: everyOther(trained, 1), constants: everyOther(models.constants, 0) }));
  const losses = programs.lossesBetween({ ...ends, ...test });
  const values = await losses.data();
  tf.dispose([trained, ends, losses, train, test] as unknown as tf.TensorContainer);
  return Array.from({ length: outerSeeds * pairs }, (_, at): SyntheticCoherenceRow => {
    const own = Array.from(values.subarray(at * points, (at + 1) * points));
    return {
      ...{ family, spread, coherence: 1 / spread, outerSeed: Math.floor(at / pairs), pair: at % pairs },
      midpointBarrier: midpointLossBarrier(own),
      peakBarrier: peakLossBarrier(own),
      losses: own,
    };
  });
}

/** What belongs to an outer seed, once for each of its `times` models. */
function repeated(values: readonly Float32Array[], times: number, shape: readonly number[]): tf.Tensor {
  return tf.concat(values.map((one) => tf.tile(tf.tensor(one, [1, ...shape]), [times, ...shape.map(() => 1)])));
}

/** Models `first`, `first` + 2, ... of a stack. */
const everyOther = (stacked: Tensors, first: 0 | 1): Tensors =>
  Object.fromEntries(
    Object.entries(stacked).map(([name, tensor]) => {
      const [models = 0, ...shape] = tensor.shape;
      return [
        name,
        tf.reshape(tf.slice(tf.reshape(tensor, [models / 2, 2, ...shape]), [0, first], [models / 2, 1]), [models / 2, ...shape]),
      ];
    }),
  );
