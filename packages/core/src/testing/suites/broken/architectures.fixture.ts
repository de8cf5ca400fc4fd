import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { architectureContract } from '../architecture.js';
import { tinyMlp } from '../tiny-plugins.fixture.js';
import { brokenBy, type Collection } from './collection.fixture.js';

type Tiny = typeof tinyMlp;
type Apply = Tiny['apply'];

const contract = (change: Partial<Tiny>) => architectureContract({ ...tinyMlp, ...change }, [{ options: {}, inputShape: [6] }]);
const params = (change: (specs: ReturnType<Tiny['params']>) => ReturnType<Tiny['params']>): Partial<Tiny> => ({
  params: (options) => change(tinyMlp.params(options)),
});
const apply = (change: (...given: Parameters<Apply>) => ReturnType<Apply>): Partial<Tiny> => ({ apply: change });

let calls = 0;
const dropping = apply((o, p, x, context) => tinyMlp.apply(o, p, context.dropout('inputs', x), context));

/** Architectures with one hidden layer. */
export const architectures: Collection = {
  family: 'architecture',
  right: [architectureContract(tinyMlp, [{ options: { width: 5 }, inputShape: [6] }]), contract({ ...dropping, dropout: true })],
  broken: brokenBy<Tiny>(contract, [
    ['an id with capitals', 'the id is lower-case words joined by "-"', { id: 'Tiny' }],
    ['no summary to speak of', 'the summary, if any, is one line of 4 to 120 characters', { summary: 'mlp' }],
    ['a name used twice', 'parameters and state are the same each time and have unique names', params((specs) => [...specs, specs[1]!])],
    [
      'a missing axis entry',
      'shapes are whole numbers with one axis entry each, and weights know their fan-in',
      params(([w, b, o]) => [{ ...w!, axes: [{ group: 'hidden' }] }, b!, o!]),
    ],
    [
      'a weight without fan-in',
      'shapes are whole numbers with one axis entry each, and weights know their fan-in',
      params(([w, b, o]) => [{ ...w!, fanIn: 0 }, b!, o!]),
    ],
    [
      'a group of two sizes',
      'all axes of a group exchange the same number of things',
      params(([w, b, o]) => [w!, b!, { ...o!, axes: [{ group: 'hidden' }, { group: 'hidden' }] }]),
    ],
    [
      'a forgotten bias axis',
      'a random element of every group changes parameters and leaves the logits equal',
      params(([w, b, o]) => [w!, { ...b!, axes: [null] }, o!]),
    ],
    [
      'a wrong width',
      'layers with an activation have unique names and the width of their group',
      { activations: () => [{ layer: 'hidden', units: 9, axis: { group: 'hidden' } }] },
    ],
    [
      'a layer without tap',
      'taps name layer and site once each, with a group that divides the last axis, and follow every activation',
      apply((o, p, x, context) => tinyMlp.apply(o, p, x, { ...context, tap: () => undefined })),
    ],
    [
      'rows that depend on each other',
      'the logits of an input do not depend on the others of the batch',
      apply((o, p, x, context) => tinyMlp.apply(o, p, tf.sub(x, tf.mean(x, 0)), context)),
    ],
    [
      'logits of another rank',
      'evaluation gives finite logits, the same each time, and keeps the state',
      apply((o, p, x, context) => tf.sum(tinyMlp.apply(o, p, x, context), 1)),
    ],
    [
      'logits that differ between calls',
      'evaluation gives finite logits, the same each time, and keeps the state',
      apply((o, p, x, context) => tf.add(tinyMlp.apply(o, p, x, context), calls++)),
    ],
    [
      'logits that are infinite in training',
      'training gives finite logits and state of the declared shapes',
      apply((o, p, x, context) => tf.div(tinyMlp.apply(o, p, x, context), context.training ? 0 : 1)),
    ],
    [
      'tensors left behind',
      'evaluation gives finite logits, the same each time, and keeps the state',
      apply((o, p, x, context) => {
        tf.keep(tf.scalar(1));
        return tinyMlp.apply(o, p, x, context);
      }),
    ],
    [
      'a mean that is taken on the host',
      'logits are made without reading a tensor, so that they can be compiled',
      apply((o, p, x, context) => tf.mul(tinyMlp.apply(o, p, x, context), 1 + 0 * tf.max(x).dataSync()[0]!)),
    ],
    [
      'dropout that is declared and not used',
      'dropout changes the logits in training where it is declared, and nothing else',
      { dropout: true },
    ],
    ['dropout that is used and not declared', 'dropout changes the logits in training where it is declared, and nothing else', dropping],
    ['options that take any key', 'an unknown option is refused', { options: z.object({ width: z.number().int().positive().default(8) }) }],
  ]),
};
