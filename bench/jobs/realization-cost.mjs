import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { createActivationRecorder, disposeActivations } from '@basinlab/core';
import { downloadTensors, writeTensors } from '@basinlab/core/store';
import { inputMoments, principalSubspace } from '@basinlab/metrics/input-subspace';
import { layerRealizationCosts, neuronLayer } from '@basinlab/metrics/realization-cost';
import { ridgeCosts } from '@basinlab/metrics/ridge-realization';
import { swapCosts } from '@basinlab/metrics/swap-cost';

const weight = 'layers.1.linear.weight';

/** A W network after one epoch, the inputs of its second layer on 10,000 images on the device and its neurons on the host; also as a file. */
export async function trainedLayer({ networks, train, data, file }) {
  const network = networks.w;
  const [model] = await train(network, 1, 1);
  const images = tf.slice(data.train.inputs, [0, 0], [10_000, -1]);
  const recorder = createActivationRecorder(network, { sites: ['input'], batch: 10_000 });
  const recorded = recorder.record('w', model, images);
  const activations = tf.clone(recorded[0].columns.find(({ field }) => field.layer === 'layers.1').tensor);
  disposeActivations(recorded);
  recorder.dispose();
  images.dispose();
  const stored = path.join(path.dirname(file), 'layer.safetensors');
  const mask = model.constants[`${weight}.scale`];
  const fixed = model.constants[`${weight}.shift`];
  await writeTensors(stored, await downloadTensors({ activations, weight: model.params[weight], mask, fixed }));
  return { activations, layer: await neuronLayer(network, model, weight), file: stored };
}

/** Basis at 90% of the variance, squared Mahalanobis distances and swap costs of 512 neurons from 10,000 recorded inputs. */
export const realizationCostJob = {
  name: 'realization-cost',
  baselines: ['realization_jobs'],
  async prepare(workload) {
    const { activations, layer, file } = await trainedLayer(workload);
    return {
      file,
      async work() {
        const subspace = principalSubspace(await inputMoments(activations));
        return swapCosts(await layerRealizationCosts(layer, subspace), layer.units);
      },
      end: () => activations.dispose(),
    };
  },
};

/** Ridge realization of 1,000 pairs of neurons over 6,000 inputs without activation: the closed form against 3,000 iterations of descent. */
export const ridgeRealizationJob = {
  name: 'ridge-realization',
  baselines: ['realization_jobs'],
  async prepare(workload) {
    const { activations, layer, file } = await trainedLayer(workload);
    const inputs = tf.slice(activations, [0, 0], [6000, -1]);
    const pairs = Array.from({ length: 1000 }, (_, at) => ({ slot: (at * 37) % layer.units, imitated: (at * 101) % layer.units }));
    return {
      file,
      work: () => ridgeCosts(layer, inputs, pairs, { beta: 0.01 }),
      end: () => tf.dispose([activations, inputs]),
    };
  },
};
