import * as tf from '@tensorflow/tfjs-core';
import type { SymmetryBreaking } from '../../../contracts/index.js';
import { childKey, normal } from '@basinlab/tensor/random';
import { symmetryBreakingContract } from '../symmetry-breaking.js';
import { tinyBreaking, tinyDataset, tinyMlp } from '../tiny-plugins.fixture.js';
import { brokenBy, type Collection } from './collection.fixture.js';

type Tiny = typeof tinyBreaking;

const network = { architecture: tinyMlp, architectureOptions: {}, inputShape: [6] };
const contract = (change: Partial<Tiny>) => symmetryBreakingContract({ ...tinyBreaking, ...change }, [{ ...network, options: {} }]);
const none: SymmetryBreaking<Record<string, never>> = {
  id: 'none',
  summary: 'breaks nothing',
  options: tinyDataset.options,
  constants: () => null,
};

let drawn = 0;
/** What `constants` draws, with its scale changed by `change`. */
const scaled = (change: (scale: tf.Tensor) => tf.Tensor): Partial<Tiny> => ({
  constants(spec, options, key, position) {
    const made = tinyBreaking.constants(spec, options, key, position);
    return made?.scale === undefined ? made : { ...made, scale: change(made.scale) };
  },
});

/** Breakings that fix every second weight. */
export const symmetryBreakings: Collection = {
  family: 'symmetryBreaking',
  right: [
    symmetryBreakingContract(tinyBreaking, [{ ...network, options: { scale: 2 } }]),
    symmetryBreakingContract(none, [{ ...network, options: {}, breaks: false }]),
  ],
  broken: brokenBy<Tiny>(contract, [
    [
      'constants of another shape',
      "constants are finite float32 of their parameter's shape",
      { constants: (spec) => ({ shift: tf.zeros([...spec.shape, 1]) }) },
    ],
    ['a scale that is infinite', "constants are finite float32 of their parameter's shape", scaled((scale) => tf.div(scale, 0))],
    ['a mask of int32', "constants are finite float32 of their parameter's shape", scaled((scale) => tf.cast(scale, 'int32'))],
    [
      'constants from a counter',
      'constants depend on the key alone, not on the order of construction',
      { constants: (spec) => ({ shift: tf.fill([...spec.shape], drawn++) }) },
    ],
    [
      'constants whatever the key',
      'another key gives other constants',
      {
        constants(spec, { scale }) {
          const key = childKey([0, 1], spec.name);
          const size = tf.util.sizeFromShape([...spec.shape]);
          return { shift: tf.tensor(normal(key, size, { deviation: scale }), [...spec.shape]) };
        },
      },
    ],
    ['a breaking that breaks nothing', 'exchanging hidden units changes the logits', { constants: () => null }],
    [
      'one constant for all units',
      'exchanging hidden units changes the logits',
      { constants: (spec, { scale }, key) => ({ shift: tf.fill([...spec.shape], normal(key, 1, { deviation: scale })[0]!) }) },
    ],
    [
      'an activation that lets gradients through where nothing is trained, and is not the same in the standard network',
      'the standard network with constants absorbed computes the same logits',
      { activation: { constants: (units, _, key) => tf.tensor1d(normal(key, units)), apply: (x) => tf.add(x, tf.scalar(drawn++)) } },
    ],
    [
      'a tensor left behind',
      "constants are finite float32 of their parameter's shape",
      {
        constants(spec, options, key, position) {
          tf.keep(tf.scalar(1));
          return tinyBreaking.constants(spec, options, key, position);
        },
      },
    ],
  ]),
};
