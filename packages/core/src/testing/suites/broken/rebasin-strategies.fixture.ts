import * as tf from '@tensorflow/tfjs-core';
import { rebasinContract } from '../rebasin.js';
import { tinyMlp, tinyRebasin } from '../tiny-plugins.fixture.js';
import { brokenBy, type Collection } from './collection.fixture.js';

type Tiny = typeof tinyRebasin;

const model = { architecture: tinyMlp, options: {}, inputShape: [6] };
const contract = (change: Partial<Tiny>) => rebasinContract({ ...tinyRebasin, ...change }, [model]);
const answer = (indices: readonly number[], group = 'hidden'): Partial<Tiny> => ({
  align: async () => ({ [group]: { kind: 'permutation', indices: Int32Array.from(indices) } }),
});
const valid = 'two different models get one valid element per group, the same for the same key, and stay as they were';
const planted = 'a planted element is found: aligned parameters are those of the first model';
const identity = [0, 1, 2, 3, 4, 5, 6, 7];

let calls = 0;

/** Strategies that match the input weights of one hidden layer. */
export const rebasinStrategies: Collection = {
  family: 'rebasin',
  right: [
    contract({}),
    contract({
      alignMany: (models, context) => Promise.all(models.map((side) => tinyRebasin.align(models[0]!, side, context))),
    }),
  ],
  broken: brokenBy<Tiny>(contract, [
    ['an answer that is no permutation', valid, answer([0, 0, 1, 2, 3, 4, 5, 6])],
    ['a group that the network has not', valid, answer(identity, 'other')],
    ['an answer that moves equal models', 'equal models get the identity', answer([1, 0, 2, 3, 4, 5, 6, 7])],
    ['an answer that is always the identity', planted, answer(identity)],
    [
      'the inverse of what was planted',
      planted,
      {
        async align(a, b, context) {
          const { hidden } = await tinyRebasin.align(b, a, context);
          return { hidden: hidden! };
        },
      },
    ],
    [
      'another answer each time',
      valid,
      {
        async align() {
          const shift = calls++;
          return { hidden: { kind: 'permutation', indices: Int32Array.from(identity, (i) => (i + shift) % 8) } };
        },
      },
    ],
    [
      'one that does not mind the signal',
      'does not start when it is already told to stop',
      { align: (a, b, { signal: _, ...context }) => tinyRebasin.align(a, b, context) },
    ],
    [
      'a tensor left behind',
      valid,
      {
        align(a, b, context) {
          tf.keep(tf.scalar(1));
          return tinyRebasin.align(a, b, context);
        },
      },
    ],
    [
      'several models of which only the first two are aligned',
      'several models that are one with planted elements all become the first',
      {
        alignMany: async (models, context) => {
          const second = await tinyRebasin.align(models[0]!, models[1]!, context);
          return models.map((_, at) => (at === 0 ? {} : second));
        },
      },
    ],
  ]),
};
