import * as tf from '@tensorflow/tfjs-core';
import type { Network, SymmetryTransform, Tensors } from '@basinlab/core';
import { crossEntropy } from '@basinlab/core/training';
import { absorbGains, centreWriters, matchCircuits, toCircuits } from '@basinlab/models-transformer';
import { composeTransforms } from '@basinlab/rebasin';
import { z } from 'zod';
import type { GoldenCheck, GoldenFixture } from '../contract.js';
import { inputOf, parameterOf, toDevice } from '../inputs.js';
import { aboveChord, indicesAt, joined, lambdas, mixed, rowMatrix, type Values } from './circuit-paths.js';
import { hostValues, renamed } from './reference-mlp.js';
import { imagesOf, toVitNames, vitCircuitsNetwork, vitNetwork, vitSizes, vitUnder } from './reference-vit.js';

const logitsOf = (network: Network, params: Tensors, fixture: GoldenFixture): tf.Tensor =>
  network.apply({ params, constants: {}, state: {} }, imagesOf(fixture)).logits;

/** All rewrites of a ViT: new parameters, and logits that stay after each. */
export const vitRewriteCheck: GoldenCheck = {
  kinds: ['vit_rewrite'],
  async compute(fixture) {
    const { H: heads, patch } = vitSizes(fixture);
    const params = vitUnder(fixture, 'before.');
    const [absorbed, circuits] = [await absorbGains(params), await toCircuits(params, { heads })];
    const found = await hostValues(() => {
      const [layer, rms] = [vitNetwork(fixture), vitNetwork(fixture, 'rms')];
      return {
        ...renamed(toVitNames(circuits, patch), (name) => `after.${name}`),
        ...{ 'logits.before': logitsOf(layer, params, fixture), 'logits.absorbed': logitsOf(layer, absorbed, fixture) },
        'logits.rmsnorm_without_centring': logitsOf(rms, absorbed, fixture),
        'logits.rmsnorm': logitsOf(rms, centreWriters(absorbed), fixture),
        'logits.circuits': logitsOf(vitCircuitsNetwork(fixture), circuits, fixture),
      };
    });
    tf.dispose([params, absorbed, circuits]);
    return found;
  },
};

/** Two ViTs in circuit form, matched by weights and mixed. */
export const vitMatchingCheck: GoldenCheck = {
  kinds: ['vit_weight_matching', 'vit_planted'],
  async compute(fixture) {
    const { L: layers, patch } = vitSizes(fixture);
    const network = vitCircuitsNetwork(fixture);
    const [a, b] = [vitUnder(fixture, 'm0.'), vitUnder(fixture, 'm1.')];
    const iterations = parameterOf(fixture, 'iterations', z.number());
    const lossAt = (params: Tensors): number =>
      tf.tidy(() => crossEntropy(logitsOf(network, params, fixture), toDevice(inputOf(fixture, 'labels')))).dataSync()[0]!;
    const lossesTo = (moved: Tensors): number[] =>
      lambdas.map((lambda) => {
        const between = tf.tidy(() => mixed(a, moved, lambda));
        const loss = lossAt(between);
        tf.dispose(between);
        return loss;
      });
    const found: Values = { 'unaligned.losses': lossesTo(b) };
    const after: number[] = [];
    let all: SymmetryTransform = {};
    await matchCircuits(a, b, {
      ...{ specs: network.params, iterations },
      async onIteration({ iteration, transform, residual, params }) {
        all = composeTransforms(all, transform);
        after.push(residual.after);
        if (iteration === 0) found['O.first_iteration'] = rowMatrix(all);
        if (iteration < iterations - 1) return;
        const losses = lossesTo(params);
        Object.assign(found, { losses, barrier: [Math.max(...aboveChord(losses))] });
        const logits = await hostValues(() => {
          const shown = Math.min(8, inputOf(fixture, 'images').shape[0]!);
          const some = (lambda: number): tf.Tensor => tf.slice(logitsOf(network, mixed(a, params, lambda), fixture), [0, 0], [shown, -1]);
          return {
            ...renamed(toVitNames(params, patch), (name) => `after.${name}`),
            logits: tf.stack(lambdas.map(some)),
          };
        });
        Object.assign(found, logits);
      },
    });
    tf.dispose([a, b]);
    const overLayers = (part: string): number[] => joined(Array.from({ length: layers }, (_, layer) => indicesAt(all, layer, part)));
    return {
      ...found,
      ...{ 'residual.after': after, O: rowMatrix(all) },
      ...{ head_permutation: overLayers('attention'), mlp_permutation: overLayers('mlp') },
    };
  },
};
