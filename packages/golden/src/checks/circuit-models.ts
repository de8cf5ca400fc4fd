import * as tf from '@tensorflow/tfjs-core';
import { composeTransforms } from '@basinlab/rebasin';
import { multiplyTransposed, transposed } from '@basinlab/core/linear-algebra';
import type { SymmetryTransform, Tensors } from '@basinlab/core';
import { circuitUniverse, expandCircuits, matchCircuits } from '@basinlab/models-transformer';
import { z } from 'zod';
import type { GoldenCheck } from '../contract.js';
import { inputOf, parameterOf, toDevice } from '../inputs.js';
import {
  activeTokens,
  circuitsUnder,
  copied,
  firstRows,
  indicesAt,
  joined,
  lambdas,
  logitsOf,
  mixed,
  nextTokenLoss,
  pathOf,
  rowMatrix,
  type Values,
} from './circuit-paths.js';
import { circuitsNetwork, gpt2Sizes, toCircuitNames } from './reference-gpt2.js';
import { hostValues, renamed } from './reference-mlp.js';

/** A wider model with the same function. */
export const widthExpansionCheck: GoldenCheck = {
  kinds: ['width_expansion'],
  async compute(fixture) {
    const { eps } = gpt2Sizes(fixture);
    const small = circuitsUnder(fixture, 'm1.');
    const basis = toDevice(inputOf(fixture, 'Q')) as tf.Tensor2D;
    const { params, epsilon } = expandCircuits(small, basis, eps);
    const wide = { width: basis.shape[0], epsilon };
    const found = await hostValues(() => ({
      ...renamed(toCircuitNames(copied(params)), (name) => `after.${name}`),
      ...{ 'logits.before': logitsOf(fixture, small), 'logits.after': logitsOf(fixture, params, undefined, wide) },
    }));
    tf.dispose([small, basis, params]);
    return { ...found, 'eps.after': [epsilon] };
  },
};

/** A wide model and a narrow one, expanded, matched and mixed. */
export const widthMatchingCheck: GoldenCheck = {
  kinds: ['width_matching'],
  async compute(fixture) {
    const { eps, L: layers } = gpt2Sizes(fixture);
    const iterations = parameterOf(fixture, 'iterations', z.number());
    const [a, small] = [circuitsUnder(fixture, 'm0.'), circuitsUnder(fixture, 'small.')];
    const basis = toDevice(inputOf(fixture, 'Q')) as tf.Tensor2D;
    const { params: b, epsilon } = expandCircuits(small, basis, eps);
    const [wide, narrow] = basis.shape;
    const found: Values = {};
    const [losses, barriers, heads, units, residuals]: number[][] = [[], [], [], [], []];
    const measure = (moved: Tensors): void => {
      const { losses: own, barrier } = pathOf((lambda, ids) => logitsOf(fixture, mixed(a, moved, lambda), ids), fixture);
      losses!.push(...own);
      barriers!.push(...barrier);
    };
    measure(b);
    let all: SymmetryTransform = {};
    await matchCircuits(a, b, {
      ...{ specs: circuitsNetwork(fixture).params, iterations, activeTokens: activeTokens(fixture) },
      async onIteration(step) {
        all = composeTransforms(all, step.transform);
        for (let layer = 0; layer < layers; layer++) {
          heads!.push(...indicesAt(step.transform, layer, 'attention'));
          units!.push(...indicesAt(step.transform, layer, 'mlp'));
        }
        residuals!.push(step.residual.after);
        const done = step.iteration + 1;
        if (![1, 5, iterations].includes(done)) return;
        measure(step.params);
        // Q^T O: rows of Q^T against columns of O.
        const columns = transposed(rowMatrix(all), wide, wide);
        const rows = transposed(Float64Array.from(inputOf(fixture, 'Q').data), wide, narrow);
        found[`after${done}.QtO`] = multiplyTransposed(rows, columns, narrow, wide, wide);
        if (done < iterations) return;
        Object.assign(found, await hostValues(() => renamed(toCircuitNames(copied(step.params)), (name) => `after${done}.m1.${name}`)));
        const at = (lambda: number): tf.Tensor => logitsOf(fixture, mixed(a, step.params, lambda), firstRows(fixture));
        Object.assign(found, await hostValues(() => ({ logits: tf.stack(lambdas.map(at)) })));
      },
    });
    const own = await hostValues(() => {
      const ids = toDevice(inputOf(fixture, 'ids'));
      return { 'loss.model1': nextTokenLoss(logitsOf(fixture, b, ids, { epsilon }), ids) };
    });
    tf.dispose([a, small, basis, b]);
    return {
      ...found,
      ...own,
      ...{ losses: losses!, barrier: barriers!, 'residual.after': residuals! },
      ...{ 'head_permutation.per_iteration': heads!, 'mlp_permutation.per_iteration': units! },
    };
  },
};

/** Several models and their universe. */
export const universeMatchingCheck: GoldenCheck = {
  kinds: ['universe_matching'],
  async compute(fixture) {
    const { L: layers } = gpt2Sizes(fixture);
    const read = (name: string): number => parameterOf(fixture, name, z.number());
    const models = Array.from({ length: read('models') }, (_, model) => circuitsUnder(fixture, `m${model}.`));
    const [distances, moves, matrices, heads, units]: number[][] = [[], [], [], [], []];
    const between = (x: Tensors, y: Tensors): number =>
      tf.tidy(() => tf.addN(Object.keys(x).map((name) => tf.sum(tf.squaredDifference(x[name]!, y[name]!))))).dataSync()[0]!;
    let before = copied(models[0]!);
    const { universe } = await circuitUniverse(models, {
      ...{ specs: circuitsNetwork(fixture).params, activeTokens: activeTokens(fixture) },
      ...{ rounds: read('rounds'), iterations: read('iterations_per_alignment') },
      onRound({ universe: now, aligned, transforms }) {
        distances!.push(...aligned.map((one) => between(now, one)));
        moves!.push(Math.sqrt(between(now, before)));
        tf.dispose(before);
        before = copied(now);
        for (const transform of transforms) {
          matrices!.push(...rowMatrix(transform));
          const overLayers = (part: string): number[] =>
            joined(Array.from({ length: layers }, (_, layer) => indicesAt(transform, layer, part)));
          heads!.push(...overLayers('attention'));
          units!.push(...overLayers('mlp'));
        }
      },
    });
    tf.dispose([models, before]);
    const found = await hostValues(() => renamed(toCircuitNames(copied(universe)), (name) => `universe.${name}`));
    tf.dispose(universe);
    return {
      ...found,
      ...{ squared_distances: distances!, universe_step: moves!, O: matrices!, head_permutation: heads!, mlp_permutation: units! },
    };
  },
};

/** Losses of mixtures of three models. */
export const simplexDirichletCheck: GoldenCheck = {
  kinds: ['simplex_dirichlet'],
  async compute(fixture) {
    const weights = inputOf(fixture, 'lambda');
    const [points, count] = weights.shape as [number, number];
    const models = Array.from({ length: count }, (_, model) => circuitsUnder(fixture, `u${model}.`));
    const lossAt = (row: readonly number[]): number =>
      tf
        .tidy(() => {
          const ids = toDevice(inputOf(fixture, 'ids'));
          const of = Object.fromEntries(
            Object.keys(models[0]!).map((name) => [name, tf.addN(models.map((model, m) => tf.mul(model[name]!, row[m]!)))]),
          );
          return nextTokenLoss(logitsOf(fixture, of, ids), ids);
        })
        .dataSync()[0]!;
    const rows = Array.from({ length: points }, (_, at) => Array.from(weights.data.subarray(at * count, (at + 1) * count)));
    const losses = rows.map(lossAt);
    const corners = models.map((_, model) => lossAt(models.map((__, m) => (m === model ? 1 : 0))));
    tf.dispose(models);
    const deviation = losses.map((loss, at) => loss - rows[at]!.reduce((sum, weight, m) => sum + weight * corners[m]!, 0));
    const [from = 0, end = points] = parameterOf(fixture, 'dirichlet_rows', z.array(z.number()));
    const drawn = deviation.slice(from, end);
    return {
      ...{ 'aligned.losses': losses, 'aligned.deviation': deviation, 'aligned.barrier': [Math.max(...deviation)] },
      'aligned.J': [drawn.reduce((sum, value) => sum + value, 0) / drawn.length],
    };
  },
};
