import * as tf from '@tensorflow/tfjs-core';
import { jit } from '@basinlab/core';
import { keyFromSeed, normal } from '@basinlab/core/random';
import { adamw, valueAndGradients, taskLoss } from '@basinlab/core/training';
import { createConnectivityEvaluator } from '@basinlab/metrics/linear-mode-connectivity';
import { matchCircuits } from '@basinlab/models-transformer';
import { descendLatents, feedsOf, latentGradients, latentsOf, projectLatent, slacksOf, startLatents, startState } from '@basinlab/rebasin';
import { network, prefixed, randomParams, sequences, shared, sizes, vitSizes } from '../transformers.mjs';
import { forwardProducts, productsAlone, withGradients } from './transformer-products.mjs';

const baselines = ['transformer_jobs'];

/** Two models in circuit form and a file with both, and with products. */
async function pair(products) {
  const circuits = network('gpt2-circuits');
  const [a, b] = [randomParams(circuits, 1), randomParams(circuits, 2)];
  const { file, remove } = await shared({ ...prefixed('a', a), ...prefixed('b', b) }, products);
  return { circuits, a, b, file, end: () => (tf.dispose([a, b]), remove()) };
}

/** Fifteen iterations of weight matching. */
const matchingJob = {
  name: 'circuit-matching',
  baselines,
  rounds: 3,
  async prepare() {
    const { circuits, a, b, file, end } = await pair();
    return { work: () => matchCircuits(a, b, { specs: circuits.params, iterations: 15 }), file, end };
  },
};

const textSizes = { ...sizes, outputs: sizes.vocabulary };

/** Loss and gradients of a network alone, with respect to all parameters. */
function bareGradients(model, params, examples) {
  const of = (trial, data) => ({
    value: taskLoss('next-token', model.apply({ params: trial, constants: {}, state: {} }, data.inputs).logits, data.labels),
    aside: [],
  });
  const program = jit((given, data) => valueAndGradients((trial) => of(trial, data), given).gradients, { name: 'bench-bare-gradients' });
  return {
    async work() {
      const gradients = program(params, examples);
      await Object.values(gradients)[0].data();
      tf.dispose(gradients);
    },
    end: () => program.dispose(),
  };
}

/** One step of learned matching, with all that belongs to it: projections, forward, backward, AdamW, and the next projections where they change. */
const learnedJobs = [4, 32].map((batch) => ({
  name: `learned-step-${batch}`,
  baselines,
  rounds: batch === 4 ? 3 : 1,
  async prepare() {
    const list = withGradients(forwardProducts({ ...textSizes, rows: batch, circuits: true }));
    const { circuits, a, b, file, end } = await pair(list);
    const examples = sequences(batch);
    const [products, gradients] = [productsAlone(list), bareGradients(circuits, a, examples)];
    const latents = latentsOf(circuits.params, {});
    const loss = { network: circuits, data: { ...examples, task: 'next-token' } };
    const objective = { latents, specs: circuits.params, loss };
    const start = startLatents(latents, { key: keyFromSeed(1), noise: 0.01 });
    const descent = { weightDecay: 0.01, decayTo: 'start', clip: 1 };
    const program = jit(
      (x, y, { state, step, weights, origin }, feeds, given) => {
        const { gradients } = latentGradients(objective, [x, y], { latents: state.latents, weights }, feeds, given);
        const next = descendLatents(descent, state, gradients, { step, rate: tf.scalar(3e-4), start: origin });
        return { latents: next.latents, slots: next.slots, slacks: slacksOf(latents, next.latents, feeds) };
      },
      { name: 'bench-learned-step' },
    );
    let state = startState(Object.fromEntries(Object.entries(start).map(([name, value]) => [name, tf.clone(value)])));
    const projected = new Map();
    let slacks = null;
    let taken = 0;
    return {
      file,
      beside: { 'ours, forwards and backwards alone': gradients.work, 'ours, the matrix products alone': products.work },
      async work() {
        let at = 0;
        for (const latent of latents) {
          if (latent.projection === 'assignment' && ++at > 0 && slacks !== null && slacks[at] >= -1e-6) continue;
          const before = projected.get(latent.name);
          projected.set(latent.name, await projectLatent(latent, state.latents[latent.name], before));
          if (before !== undefined) tf.dispose(before.feed);
        }
        const [step, weights] = [tf.scalar(taken++), [tf.scalar(0.5), tf.scalar(0.5)]];
        const next = program(
          { params: a, state: {} },
          { params: b, state: {} },
          { state, step, weights, origin: start },
          feedsOf(projected),
          examples,
        );
        tf.dispose([state, step, weights]);
        state = { latents: next.latents, slots: next.slots };
        slacks = await next.slacks.data();
        next.slacks.dispose();
      },
      end() {
        program.dispose();
        products.end();
        gradients.end();
        tf.dispose([examples, start, state, [...projected.values()].map(({ feed }) => feed)]);
        end();
      },
    };
  },
}));

const adamwOptions = adamw.options.parse({ weightDecay: 0.01 });

/** One step of training. */
const trainingJobs = ['gpt2', 'vit'].map((name) => ({
  name: `${name}-training-step`,
  baselines,
  rounds: 3,
  async prepare() {
    const model = network(name);
    const params = randomParams(model, 1, 0.02);
    const isText = name === 'gpt2';
    const list = withGradients(
      isText
        ? forwardProducts({ ...textSizes, rows: 8 })
        : // Patches and the class token, which alone is read.
          forwardProducts({ ...vitSizes, rows: 128, positions: 65, outputs: vitSizes.classes, read: 128 }),
    );
    const products = productsAlone(list);
    const { file, remove } = await shared(prefixed('a', params), list);
    const images = isText
      ? null
      : { inputs: tf.tensor4d(normal(keyFromSeed(4), 128 * 3072), [128, 32, 32, 3]), labels: tf.zeros([128], 'int32') };
    const data = images ?? sequences(8);
    const program = jit(
      (state, at, examples) => {
        const { gradients } = valueAndGradients(
          (trial) => ({
            value: taskLoss(
              isText ? 'next-token' : 'classification',
              model.apply({ params: trial, constants: {}, state: {} }, examples.inputs).logits,
              examples.labels,
            ),
            aside: [],
          }),
          state.params,
        );
        const { params: moved, state: slots } = adamw.update(
          adamwOptions,
          { step: at, learningRate: tf.scalar(3e-4) },
          state.params,
          gradients,
          state.slots,
        );
        return { params: moved, slots };
      },
      { name: 'bench-training-step' },
    );
    let state = { params, slots: tf.tidy(() => adamw.init(adamwOptions, params)) };
    let taken = 0;
    return {
      file,
      beside: { 'ours, the matrix products alone': products.work },
      async work() {
        const step = tf.scalar(++taken);
        const next = program(state, step, data);
        await Object.values(next.params)[0].data();
        tf.dispose([state, step]);
        state = next;
      },
      end: () => (program.dispose(), products.end(), tf.dispose([state, data]), remove()),
    };
  },
}));

/** Losses at 11 points between two models on 100 windows. */
const lossesJob = {
  name: 'transformer-losses',
  baselines,
  rounds: 2,
  async prepare() {
    const model = network('gpt2');
    const [a, b] = [randomParams(model, 1, 0.02), randomParams(model, 2, 0.02)];
    const list = forwardProducts({ ...textSizes, rows: 4 });
    // Batches of four windows at eleven points.
    const products = productsAlone(list, 11 * 25);
    const { file, remove } = await shared({ ...prefixed('a', a), ...prefixed('b', b) }, list);
    const split = sequences(100);
    const evaluator = createConnectivityEvaluator(model, { steps: 10, task: 'next-token' });
    const of = (params) => ({ params, constants: {}, state: {} });
    return {
      file,
      beside: { 'ours, the matrix products alone': products.work },
      work: () => evaluator.path(of(a), of(b), split),
      end: () => (evaluator.dispose(), products.end(), tf.dispose([a, b, split]), remove()),
    };
  },
};

export const transformerJobs = [matchingJob, ...learnedJobs, ...trainingJobs, lossesJob];
