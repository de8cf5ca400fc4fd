import * as tf from '@tensorflow/tfjs-core';
import { elementIndices, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { cosineWarmup, taskLoss } from '@basinlab/core/training';
import {
  applyTransform,
  descendLatents,
  feedsOf,
  lambdaOf,
  lambdaSamplers,
  latentGradients,
  latentPullback,
  latentsOf,
  permutationMatrix,
  projectLatent,
  sinkhorn,
  softRange,
  softStart,
  startState,
  type Latent,
  type LatentState,
  type LearnedObjective,
  type Merge,
  type Projected,
} from '@basinlab/rebasin';
import { z } from 'zod';
import type { GoldenCheck, GoldenFixture } from '../contract.js';
import { inputOf, parameterOf, toDevice } from '../inputs.js';
import { aboveChord, circuitsUnder, firstRows, lambdas, logitsOf, mixed, pathOf, rowMatrix, type Values } from './circuit-paths.js';
import { circuitsNetwork } from './reference-gpt2.js';
import { hostValues } from './reference-mlp.js';

const square = (projection: Latent['projection'], size: number): Latent => ({ name: 'Z', group: 'g', model: 1, size, projection });

/** What a latent becomes, and the gradient with respect to it. */
export const projectionCheck: GoldenCheck = {
  kinds: ['projection'],
  async compute(fixture) {
    const isOrthogonal = fixture.id.startsWith('projection.orthogonal');
    const size = parameterOf(fixture, 'n', z.number());
    const values = toDevice(inputOf(fixture, 'Z'));
    const latent = square(isOrthogonal ? 'polar' : 'assignment', size);
    const { element, feed } = await projectLatent(latent, values);
    const gradient = toDevice(inputOf(fixture, 'G'));
    const found: Values = await hostValues(() => ({
      ...(isOrthogonal ? { O: feed['factor']!, singular_values: feed['singular']! } : { P: permutationMatrix(feed['indices']!) }),
      dZ: tf.clone(latentPullback(latent, feed, gradient)),
    }));
    tf.dispose([values, gradient, feed]);
    return element.kind === 'permutation' ? { ...found, permutation: element.indices } : found;
  },
};

/** Doubly stochastic matrices of scores, their gradients, and scores to start from. */
export const sinkhornCheck: GoldenCheck = {
  kinds: ['sinkhorn'],
  compute(fixture) {
    const iterations = parameterOf(fixture, 'iterations', z.number());
    const of = (scores: tf.Tensor): tf.Tensor2D => sinkhorn(scores as tf.Tensor2D, { temperature: 1, iterations });
    if (fixture.id !== 'sinkhorn.initialisation')
      return hostValues(() => {
        const [scores, gradient] = [toDevice(inputOf(fixture, 'Z')), toDevice(inputOf(fixture, 'G'))];
        const found = of(scores);
        return { P: found, dZ: tf.grad(of)(scores, gradient), row_sums: tf.sum(found, 1) };
      });
    const epsilon = parameterOf(fixture, 'epsilon', z.number());
    const indices = Int32Array.from(inputOf(fixture, 'permutation').data);
    return hostValues(() => {
      const start = tf.tensor2d(softStart(indices, inputOf(fixture, 'u').data, epsilon), [indices.length, indices.length]);
      return { a: tf.scalar(softRange(indices.length, epsilon)), Z0: start, P: of(start) };
    });
  },
};

/** Lambdas from uniform and normal numbers. */
export const lambdaSamplersCheck: GoldenCheck = {
  kinds: ['lambda_samplers'],
  compute: async (fixture) =>
    Object.fromEntries(
      lambdaSamplers.map((sampler) => [
        sampler.replaceAll('-', '_'),
        Float64Array.from(inputOf(fixture, sampler === 'gaussian' ? 'z' : 'u').data, (drawn) => lambdaOf(sampler, drawn)),
      ]),
    ),
};

/** Rates of warm-up and half a cosine. */
export const cosineWarmupCheck: GoldenCheck = {
  kinds: ['lr_schedule'],
  compute(fixture) {
    const read = (name: string): number => parameterOf(fixture, name, z.number());
    const options = { length: read('total_steps'), warmup: Math.ceil(read('warmup_ratio') * read('total_steps')), unit: 'step' as const };
    return hostValues(() => {
      const steps = Array.from({ length: options.length }, (_, step) => tf.scalar(step));
      return { lr: tf.stack(steps.map((step) => tf.mul(cosineWarmup.factor(options, { epoch: step, step }), read('lr')))) };
    });
  },
};

/**
 * As the reference merges: its heads have keys and values that are the identity, which the projected matrix of the heads moves as well, so that head h is
 * used kappa_h times, with kappa_h = lambda + (1 - lambda) sum_j P[h, j]. The value is 1, but not its gradient.
 */
const asReference: Merge = ([a, moved], { weights: [lambda, rest], matrices: [matrices] }) => ({
  state: {},
  params: Object.fromEntries(
    Object.entries(a!.params).map(([name, tensor]) => {
      const between = tf.add(tf.mul(tensor, lambda!), tf.mul(moved!.params[name]!, rest!));
      const [, attention] = /^(blocks\.\d+\.attention)\.(?:qk|ov)$/.exec(name) ?? [];
      if (attention === undefined) return [name, between];
      const kappa = tf.add(lambda!, tf.mul(rest!, tf.sum(matrices![attention]!, 1)));
      return [name, tf.mul(between, tf.reshape(kappa, [-1, 1, 1]))];
    }),
  ),
});

/** Latents of a fixture by our names. The reference's residual and unit matrices act from the right, ours from the left. */
const latentNames = (fixture: GoldenFixture): readonly (readonly [theirs: string, own: string, isTransposed: boolean])[] => [
  ['residual', 'residual', true],
  ...Array.from({ length: parameterOf(fixture, 'L', z.number()) }, (_, layer) => [
    [`attention_heads_${layer}`, `blocks.${layer}.attention`, false] as const,
    [`mlp_${layer}`, `blocks.${layer}.mlp`, true] as const,
  ]).flat(),
];

const latentValues = (fixture: GoldenFixture, prefix: string): Tensors =>
  Object.fromEntries(
    latentNames(fixture).map(([theirs, own, isTransposed]) => {
      const given = toDevice(inputOf(fixture, `${prefix}.${theirs}`));
      if (!isTransposed) return [own, given];
      const turned = tf.transpose(given);
      given.dispose();
      return [own, turned];
    }),
  );

const asGiven = (fixture: GoldenFixture, values: Tensors, prefix: string): Tensors =>
  Object.fromEntries(
    latentNames(fixture).map(([theirs, own, isTransposed]) => [
      `${prefix}.${theirs}`,
      isTransposed ? tf.transpose(values[own]!) : tf.clone(values[own]!),
    ]),
  );

const objectiveOf = (fixture: GoldenFixture, merge?: Merge): LearnedObjective => {
  const network = circuitsNetwork(fixture);
  const { params: specs } = network;
  const latents = latentsOf(specs, { permutationsOnly: parameterOf(fixture, 'permutations_only', z.boolean()) });
  // The examples are given in each step.
  const none = tf.tensor1d([]);
  return { latents, specs, loss: { network, data: { inputs: none, labels: none, task: 'next-token' } }, ...(merge && { merge }) };
};

async function projectAll(latents: readonly Latent[], values: Tensors): Promise<Map<string, Projected>> {
  const projected = new Map<string, Projected>();
  for (const latent of latents) projected.set(latent.name, await projectLatent(latent, values[latent.name]!));
  return projected;
}

const release = (projected: ReadonlyMap<string, Projected>): void => tf.dispose(Array.from(projected.values(), ({ feed }) => feed));

/** Sequences as inputs and what follows them. */
function examplesFrom(ids: tf.Tensor): { inputs: tf.Tensor; labels: tf.Tensor } {
  const [batch, length] = ids.shape as [number, number];
  return { inputs: tf.slice(ids, [0, 0], [batch, length - 1]), labels: tf.slice(ids, [0, 1], [batch, length - 1]) };
}

/** Weights of both models at a lambda. */
const weightsAt = (lambda: number): tf.Scalar[] => [tf.scalar(lambda), tf.scalar(1 - lambda)];

/** Losses and gradients of given latents. */
export const learnedForwardCheck: GoldenCheck = {
  kinds: ['learned_forward'],
  async compute(fixture) {
    const [a, b] = [circuitsUnder(fixture, 'm0.'), circuitsUnder(fixture, 'm1.')];
    const values = latentValues(fixture, 'Z');
    const objective = objectiveOf(fixture);
    const projected = await projectAll(objective.latents, values);
    const transform: SymmetryTransform = Object.fromEntries(Array.from(projected, ([name, { element }]) => [name, element]));
    const moved = applyTransform(objective.specs, b, transform);
    const { losses } = pathOf((lambda, ids) => logitsOf(fixture, mixed(a, moved, lambda), ids), fixture);
    const found: Values = { losses, barrier: aboveChord(losses) };
    for (const [theirs, own, isTransposed] of latentNames(fixture)) {
      const element = transform[own]!;
      if (element.kind === 'orthogonal') {
        found[`projected.${theirs}`] = rowMatrix(transform);
        continue;
      }
      // A matrix that acts from the right names for each old unit where it goes.
      const indices = elementIndices(own, element);
      const inverse = new Int32Array(indices.length);
      indices.forEach((from, to) => (inverse[from] = to));
      found[`projected.${theirs}`] = isTransposed ? inverse : indices;
    }
    const gradientsWith = (merge?: Merge): Tensors & { loss: tf.Scalar } => {
      const models = [a, b].map((params) => ({ params, state: {} }));
      const at = { latents: values, weights: weightsAt(parameterOf(fixture, 'gradient_lambda', z.number())) };
      const ids = toDevice(inputOf(fixture, 'ids'));
      const { value, gradients } = latentGradients({ ...objective, merge }, models, at, feedsOf(projected), examplesFrom(ids));
      return { ...gradients, loss: value };
    };
    const more = await hostValues(() => {
      const [reference, circuits] = [gradientsWith(asReference), gradientsWith()];
      return {
        ...asGiven(fixture, reference, 'grad'),
        ...asGiven(fixture, circuits, 'grad_circuit'),
        loss: reference.loss,
        logits: tf.stack(lambdas.map((lambda) => logitsOf(fixture, mixed(a, moved, lambda), firstRows(fixture)))),
      };
    });
    release(projected);
    tf.dispose([a, b, values, moved]);
    return { ...found, ...more };
  },
};

/** A few steps of the descent on latents. */
export const learnedTrajectoryCheck: GoldenCheck = {
  kinds: ['learned_trajectory'],
  async compute(fixture) {
    const [a, b] = [circuitsUnder(fixture, 'm0.'), circuitsUnder(fixture, 'm1.')];
    const objective = objectiveOf(fixture, asReference);
    const read = (name: string): number => parameterOf(fixture, name, z.number());
    const options = { weightDecay: read('weight_decay'), decayTo: 'zero' as const, clip: read('max_grad_norm') };
    const [rates, points] = [inputOf(fixture, 'learning_rates').data, inputOf(fixture, 'lambdas').data];
    const origin = latentValues(fixture, 'Z0');
    let state: LatentState = startState(Object.fromEntries(Object.entries(origin).map(([name, value]) => [name, tf.clone(value)])));
    const found: Values = {};
    const [losses, norms]: number[][] = [[], []];
    for (let step = 0; step < rates.length; step++) {
      const projected = await projectAll(objective.latents, state.latents);
      const next = tf.tidy(() => {
        const ids = tf.squeeze(tf.slice(toDevice(inputOf(fixture, 'batches')), [step, 0, 0], [1, -1, -1]), [0]);
        const models = [a, b].map((params) => ({ params, state: {} }));
        const at = { latents: state.latents, weights: weightsAt(points[step]!) };
        const { value, gradients } = latentGradients(objective, models, at, feedsOf(projected), examplesFrom(ids));
        const here = { step: tf.scalar(step), rate: tf.scalar(rates[step]!), start: origin };
        return { value, gradients, ...descendLatents(options, state, gradients, here) };
      });
      losses!.push((await next.value.data())[0]!);
      norms!.push((await next.norm.data())[0]!);
      if (step === 0) Object.assign(found, await hostValues(() => asGiven(fixture, next.gradients, 'grad1')));
      Object.assign(found, await hostValues(() => asGiven(fixture, next.latents, `Z${step + 1}`)));
      release(projected);
      tf.dispose([state, next.value, next.norm, next.gradients] as unknown as tf.TensorContainer);
      state = { latents: next.latents, slots: next.slots };
    }
    const projected = await projectAll(objective.latents, state.latents);
    const transform: SymmetryTransform = Object.fromEntries(Array.from(projected, ([name, { element }]) => [name, element]));
    const final = await hostValues(() => {
      const moved = applyTransform(objective.specs, b, transform);
      const { inputs, labels } = examplesFrom(toDevice(inputOf(fixture, 'eval_ids')));
      return { final_loss: taskLoss('next-token', logitsOf(fixture, mixed(a, moved, 0.5), inputs), labels) };
    });
    release(projected);
    tf.dispose([a, b, origin, state] as unknown as tf.TensorContainer);
    return { ...found, ...final, losses: losses!, gradient_norms: norms! };
  },
};
