import * as tf from '@tensorflow/tfjs-core';
import { elementIndices, elementMatrix, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { multiplyTransposed, polarFactor, transposed } from '@basinlab/core/linear-algebra';
import {
  toCircuits,
  headCosts,
  matchCircuits,
  matchResidual,
  residualStack,
  unitCosts,
  type CircuitStep,
} from '@basinlab/models-transformer';
import { applyTransform, composeTransforms, permutations, solveAssignment } from '@basinlab/rebasin';
import { z } from 'zod';
import type { GoldenCheck, GoldenFixture } from '../contract.js';
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
  pathOf,
  rowMatrix,
  type Values,
} from './circuit-paths.js';
import { circuitsNetwork, gpt2Network, gpt2Sizes, referenceGpt2, toCircuitNames } from './reference-gpt2.js';
import { hostValues, renamed } from './reference-mlp.js';

/** Residual stream, heads and MLPs of two models, step by step. */
export const procrustesCheck: GoldenCheck = {
  kinds: ['procrustes'],
  async compute(fixture) {
    const isPermuted = fixture.id.includes('.permutation.');
    const [a, b] = [circuitsUnder(fixture, 'm0.'), circuitsUnder(fixture, 'm1.')];
    const options = { activeTokens: activeTokens(fixture), layers: parameterOf(fixture, 'iteration', z.number()) > 0 };
    const stacks = await hostValues(() => ({ R0: residualStack(a, options), R1: residualStack(b, options) }));
    const found: Values = { ...stacks };
    const { element, before, after } = await matchResidual(a, b, { ...options, permutationsOnly: isPermuted });
    const step: SymmetryTransform = { residual: element };
    Object.assign(found, { 'residual.before': [before], 'residual.after': [after], O: rowMatrix(step) });
    const more = await hostValues(() => {
      const [x, y] = [residualStack(a, options), residualStack(b, options)];
      const moved = applyTransform(circuitsNetwork(fixture).params, b, step);
      const squares = (of: tf.Tensor): tf.Tensor => tf.sum(tf.square(of), 0);
      const inner = tf.matMul(x, y, true, false);
      const inverse = tf.transpose(tf.tensor2d(Float32Array.from(elementMatrix(element)), inner.shape as [number, number]));
      return {
        C: tf.transpose(inner),
        cost: tf.sub(tf.add(tf.reshape(squares(x), [-1, 1]), tf.reshape(squares(y), [1, -1])), tf.mul(inner, 2)),
        'residual.as_printed_by_reference': tf.norm(tf.sub(x, tf.matMul(y, inverse, false, true))),
        ...renamed(toCircuitNames(moved), (name) => `after.${name}`),
        ...{ 'logits.before': logitsOf(fixture, b), 'logits.after': logitsOf(fixture, moved) },
      };
    });
    tf.dispose([a, b]);
    if (isPermuted) found['permutation'] = elementIndices('residual', element);
    else found['singular_values'] = polarFactor(Float64Array.from(more['C']!), Math.sqrt(more['C']!.length)).singularValues;
    return { ...found, ...more };
  },
};

/** Head and unit permutations that are given. */
export const applyPermutationsCheck: GoldenCheck = {
  kinds: ['apply_permutations'],
  compute: (fixture) =>
    hostValues(() => {
      const given = circuitsUnder(fixture, 'm1.');
      const elements = Array.from({ length: gpt2Sizes(fixture).L }, (_, layer) => [
        [`blocks.${layer}.attention`, inputOf(fixture, `head_permutation.${layer}`).data as Int32Array] as const,
        [`blocks.${layer}.mlp`, inputOf(fixture, `mlp_permutation.${layer}`).data as Int32Array] as const,
      ]).flat();
      const moved = applyTransform(circuitsNetwork(fixture).params, given, permutations(elements));
      return {
        ...renamed(toCircuitNames(moved), (name) =>
          /attn\.(qk|ov)$|mlp\.c_(fc|proj)\.(weight|bias)$/.test(name) ? `after.${name}` : null,
        ),
        ...{ 'logits.before': logitsOf(fixture, given), 'logits.after': logitsOf(fixture, moved) },
      };
    }),
};

const assign = (costs: ArrayLike<number>): { permutation: Int32Array; objective: number } => {
  const size = Math.sqrt(costs.length);
  const { columnOf, total } = solveAssignment(costs, { rows: size, columns: size });
  return { permutation: columnOf, objective: total };
};

/** Costs and assignment of attention heads, by the code and by the paper. */
export const headMatchingCheck: GoldenCheck = {
  kinds: ['head_matching'],
  async compute(fixture) {
    const of = (model: string): Tensors => ({
      'x.qk': toDevice(inputOf(fixture, `qk${model}`)),
      'x.ov': toDevice(inputOf(fixture, `ov${model}`)),
    });
    const values = await hostValues(() => {
      const [a, b] = [of('0'), of('1')];
      const alone = (circuit: string): tf.Tensor => {
        const zeros = (params: Tensors): Tensors => ({
          ...params,
          [circuit === 'qk' ? 'x.ov' : 'x.qk']: tf.zerosLike(params[circuit === 'qk' ? 'x.ov' : 'x.qk']!),
        });
        return headCosts(zeros(a), zeros(b), 'x');
      };
      return {
        ...{ 'cost.qk': alone('qk'), 'cost.ov': alone('ov'), 'cost.total': headCosts(a, b, 'x') },
        'cost.total_squared': headCosts(a, b, 'x', 'paper'),
      };
    });
    const [code, paper] = [assign(values['cost.total']!), assign(values['cost.total_squared']!)];
    const moved = await hostValues(() => {
      const rows = tf.tensor1d(code.permutation, 'int32');
      return {
        'qk1.permuted': tf.gather(toDevice(inputOf(fixture, 'qk1')), rows),
        'ov1.permuted': tf.gather(toDevice(inputOf(fixture, 'ov1')), rows),
      };
    });
    return {
      ...values,
      ...moved,
      ...{ permutation: code.permutation, objective: [code.objective] },
      ...{ permutation_squared: paper.permutation, objective_squared: [paper.objective] },
    };
  },
};

/** Costs and assignment of the units of an MLP, by the code and by the paper. */
export const mlpMatchingCheck: GoldenCheck = {
  kinds: ['mlp_matching'],
  async compute(fixture) {
    const read = (name: string): tf.Tensor => toDevice(inputOf(fixture, name));
    const of = (model: string): Tensors => ({
      'x.in.weight': tf.transpose(read(`${model}.c_fc.weight`)),
      'x.in.bias': read(`${model}.c_fc.bias`),
      'x.out.weight': tf.transpose(read(`${model}.c_proj.weight`)),
    });
    // Rotated: rows of `in` and columns of `out` lie in the residual stream, x' = x O.
    const rotated = (params: Tensors): Tensors => {
      const matrix = read('O') as tf.Tensor2D;
      const out = tf.matMul(tf.transpose(params['x.out.weight']!) as tf.Tensor2D, matrix);
      return { ...params, 'x.in.weight': tf.matMul(params['x.in.weight'] as tf.Tensor2D, matrix), 'x.out.weight': tf.transpose(out) };
    };
    const values = await hostValues(() => {
      const [a, b] = [of('m0'), rotated(of('m1'))];
      return { cost: unitCosts(a, b, 'x'), similarity: tf.neg(unitCosts(a, b, 'x', 'paper')) };
    });
    const code = assign(values['cost']!);
    const paper = assign(Float64Array.from(values['similarity']!, (value) => -value));
    const moved = await hostValues(() => {
      const rows = tf.tensor1d(code.permutation, 'int32');
      const b = rotated(of('m1'));
      return {
        'after.c_fc.weight': tf.transpose(tf.gather(b['x.in.weight']!, rows)),
        'after.c_fc.bias': tf.gather(b['x.in.bias']!, rows),
        'after.c_proj.weight': tf.gather(tf.transpose(b['x.out.weight']!), rows),
      };
    });
    return {
      ...values,
      ...moved,
      ...{ permutation: code.permutation, objective: [code.objective] },
      ...{ permutation_paper: paper.permutation, objective_paper: [-paper.objective] },
    };
  },
};

/** All of it, iteration by iteration, and losses on the straight line afterwards. */
export const circuitMatchingCheck: GoldenCheck = {
  kinds: ['weight_matching.orthogonal', 'weight_matching.permutations', 'planted'],
  async compute(fixture) {
    const { L: layers } = gpt2Sizes(fixture);
    const iterations = parameterOf(fixture, 'iterations', z.number());
    const [a, b] = [circuitsUnder(fixture, 'm0.'), circuitsUnder(fixture, 'm1.')];
    const { params: specs } = circuitsNetwork(fixture);
    const found: Values = {};
    const shown = iterations === 15 ? [1, 5, 15] : [1, iterations];
    const [losses, barriers, distances]: number[][] = [[], [], []];
    const measure = (moved: Tensors): void => {
      const { losses: own, barrier } = pathOf((lambda, ids) => logitsOf(fixture, mixed(a, moved, lambda), ids), fixture);
      losses!.push(...own);
      barriers!.push(...barrier);
      const square = tf.tidy(() => tf.addN(Object.keys(a).map((name) => tf.sum(tf.squaredDifference(a[name]!, moved[name]!)))));
      distances!.push(Math.sqrt(square.dataSync()[0]!));
      square.dispose();
    };
    measure(b);
    const steps: Omit<CircuitStep, 'params'>[] = [];
    let all: SymmetryTransform = {};
    await matchCircuits(a, b, {
      ...{
        specs,
        iterations,
        activeTokens: activeTokens(fixture),
        permutationsOnly: parameterOf(fixture, 'permutations_only', z.boolean()),
      },
      async onIteration(step) {
        steps.push(step);
        all = composeTransforms(all, step.transform);
        const done = step.iteration + 1;
        if (!shown.includes(done)) return;
        if (done === 1 && fixture.inputs['planted.O'] !== undefined) found['recovery_error'] = [recoveryError(fixture, rowMatrix(all))];
        const heads = Array.from({ length: layers }, (_, layer) => indicesAt(all, layer, 'attention'));
        found[`after${done}.O`] = rowMatrix(all);
        found[`after${done}.head_permutation`] = joined(heads);
        found[`after${done}.mlp_permutation`] = joined(Array.from({ length: layers }, (_, layer) => indicesAt(all, layer, 'mlp')));
        measure(step.params);
        if (done !== iterations) return;
        Object.assign(found, await hostValues(() => renamed(toCircuitNames(copied(step.params)), (name) => `after${done}.m1.${name}`)));
        const logits = await hostValues(() => ({
          logits: tf.stack(lambdas.map((lambda) => logitsOf(fixture, mixed(a, step.params, lambda), firstRows(fixture)))),
        }));
        found['logits'] = logits['logits']!;
      },
    });
    tf.dispose([a, b]);
    const overSteps = (of: (step: Omit<CircuitStep, 'params'>) => ArrayLike<number>): number[] => joined(steps.map(of));
    const overLayers = (of: (layer: number) => ArrayLike<number>): number[] =>
      joined(Array.from({ length: layers }, (_, layer) => of(layer)));
    return {
      ...found,
      'O.per_iteration': overSteps(({ transform }) => rowMatrix(transform)),
      'head_permutation.per_iteration': overSteps(({ transform }) => overLayers((layer) => indicesAt(transform, layer, 'attention'))),
      'mlp_permutation.per_iteration': overSteps(({ transform }) => overLayers((layer) => indicesAt(transform, layer, 'mlp'))),
      'residual.before': overSteps(({ residual }) => [residual.before]),
      'residual.after': overSteps(({ residual }) => [residual.after]),
      head_cost: overSteps(({ costs }) => overLayers((layer) => [costs[`blocks.${layer}.attention`]!])),
      mlp_cost: overSteps(({ costs }) => overLayers((layer) => [costs[`blocks.${layer}.mlp`]!])),
      ...{ losses: losses!, barrier: barriers!, parameter_distance: distances! },
    };
  },
};

/** How far the planted rotation and what was found are from undoing each other. */
function recoveryError(fixture: GoldenFixture, found: Float64Array): number {
  const size = Math.sqrt(found.length);
  const planted = Float64Array.from(inputOf(fixture, 'planted.O').data);
  const product = multiplyTransposed(planted, transposed(found, size, size), size, size, size);
  return product.reduce((most, value, at) => Math.max(most, Math.abs(value - (at % (size + 1) === 0 ? 1 : 0))), 0);
}

/** From two GPT-2s to the barriers between them, as they are and matched. */
export const interpolationCheck: GoldenCheck = {
  kinds: ['interpolation'],
  async compute(fixture) {
    const { H: heads, L: layers } = gpt2Sizes(fixture);
    const [left, right] = [referenceGpt2(fixture, 'A.'), referenceGpt2(fixture, 'B.')];
    const network = gpt2Network(fixture, false, 'layer');
    const vanillaLogits = (lambda: number, ids: tf.Tensor): tf.Tensor =>
      network.apply({ params: mixed(left.params, right.params, lambda), constants: {}, state: {} }, ids).logits;
    const vanilla = pathOf(vanillaLogits, fixture);
    const found: Values = {
      ...(await hostValues(() => ({ 'vanilla.logits': tf.stack(lambdas.map((lambda) => vanillaLogits(lambda, firstRows(fixture)))) }))),
      ...{ 'vanilla.losses': vanilla.losses, 'vanilla.barrier': [Math.max(...vanilla.barrier)] },
    };
    const [a, b] = [await toCircuits(left.params, { heads }), await toCircuits(right.params, { heads })];
    tf.dispose([left.params, right.params]);
    const { params: specs } = circuitsNetwork(fixture);
    for (const [name, permutationsOnly] of [
      ['permutations', true],
      ['orthogonal', false],
    ] as const) {
      const { transform } = await matchCircuits(a, b, { specs, permutationsOnly, activeTokens: activeTokens(fixture) });
      const moved = applyTransform(specs, b, transform);
      const { losses, barrier } = pathOf((lambda, ids) => logitsOf(fixture, mixed(a, moved, lambda), ids), fixture);
      tf.dispose(moved);
      const overLayers = (part: string): number[] =>
        joined(Array.from({ length: layers }, (_, layer) => indicesAt(transform, layer, part)));
      Object.assign(found, {
        ...{ [`${name}.losses`]: losses, [`${name}.barrier`]: [Math.max(...barrier)], [`${name}.O`]: rowMatrix(transform) },
        ...{ [`${name}.head_permutation`]: overLayers('attention'), [`${name}.mlp_permutation`]: overLayers('mlp') },
      });
    }
    tf.dispose([a, b]);
    return found;
  },
};
