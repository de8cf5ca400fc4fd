import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Optimizer, Tensors } from '../../../contracts/index.js';
import { optimizerContract } from '../optimizer.js';
import { brokenBy, type Collection } from './collection.fixture.js';

const options = z.strictObject({ momentum: z.number().min(0).lt(1).default(0.9) });
type Tiny = Optimizer<z.output<typeof options>>;

const each = (tensors: Tensors, change: (x: tf.Tensor, name: string) => tf.Tensor): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, change(x, name)]));

/** Momentum, with a mean of squared gradients that nothing is divided by. */
const tinyOptimizer: Tiny = {
  id: 'tiny-optimizer',
  options,
  squares: ['square'],
  init: (_, params) => ({ velocity: each(params, tf.zerosLike), square: each(params, tf.zerosLike) }),
  update({ momentum }, { learningRate }, params, gradients, state) {
    const velocity = each(params, (_, name) => tf.add(tf.mul(state['velocity']![name]!, momentum), gradients[name]!));
    const square = each(params, (_, name) => tf.add(tf.mul(state['square']![name]!, 0.9), tf.mul(tf.square(gradients[name]!), 0.1)));
    return { params: each(params, (x, name) => tf.sub(x, tf.mul(learningRate, velocity[name]!))), state: { velocity, square } };
  },
};

const contract = (change: Partial<Tiny>) => optimizerContract({ ...tinyOptimizer, ...change }, [{ options: {} }]);
type Update = Tiny['update'];
/** The right update, and something done to what it gives. */
const updating = (change: (made: ReturnType<Update>, ...given: Parameters<Update>) => ReturnType<Update>): Partial<Tiny> => ({
  update: (...given) => change(tinyOptimizer.update(...given), ...given),
});
const pure = 'an update leaves what it is given as it was, and gives the same again';
const keeps = 'updates keep names, shapes and slots, and stay finite';

let calls = 0;

/** Gradient descent with momentum. */
export const optimizers: Collection = {
  family: 'optimizer',
  right: [contract({})],
  broken: brokenBy<Tiny>(contract, [
    [
      'a slot of another shape than its parameter',
      'the state is slots of finite tensors, each of the shape of the parameter that it is called like',
      { init: (_, params) => ({ velocity: each(params, () => tf.scalar(0)), square: each(params, tf.zerosLike) }) },
    ],
    ['a slot that appears later', keeps, updating(({ params, state }) => ({ params, state: { ...state, extra: each(params, tf.clone) } }))],
    ['a parameter that is lost', keeps, updating(({ params: { 'layers.0.linear.bias': _, ...params }, state }) => ({ params, state }))],
    ['parameters that become infinite', keeps, updating(({ params, state }) => ({ params: each(params, (x) => tf.div(x, 0)), state }))],
    [
      'a step that is counted inside',
      pure,
      updating(({ params, state }) => ({ params: each(params, (x) => tf.add(x, calls++ * 1e-3)), state })),
    ],
    [
      'a rate that is read on the host',
      'an update reads no tensor, so that it can be compiled',
      { update: (o, at, ...rest) => tinyOptimizer.update(o, { ...at, learningRate: tf.scalar(at.learningRate.dataSync()[0]!) }, ...rest) },
    ],
    [
      'a decay that the learning rate does not scale',
      'a learning rate of 0 moves no parameter',
      updating(({ params, state }) => ({ params: each(params, (x) => tf.mul(x, 0.99)), state })),
    ],
    [
      'one that goes up',
      '100 updates come nearer to where the gradient is 0',
      { update: (o, at, params, gradients, state) => tinyOptimizer.update(o, at, params, each(gradients, tf.neg), state) },
    ],
    ['squares that can be negative', 'slots of squares are slots, and hold no negative number', { squares: ['velocity'] }],
    ['squares that are no slot', 'slots of squares are slots, and hold no negative number', { squares: ['v'] }],
    [
      'a tensor left behind',
      pure,
      updating((made) => {
        tf.keep(tf.scalar(1));
        return made;
      }),
    ],
  ]),
};
