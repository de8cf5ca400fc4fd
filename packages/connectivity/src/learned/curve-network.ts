import { demand } from '@basinlab/core';
import type { Network, Tensors, Variables } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

// A path between two trained models with one trained point, the bend: a quadratic Bezier curve or a chain of two segments. Training lowers the
// loss averaged over the path (Garipov et al. 2018, arXiv 1802.10026). The path is a network in itself, whose parameters are the bend's and
// whose constants are the ends: everything that trains, stores and measures networks works on it. Where on the path a step is taken is state: an
// additive recurrence by the golden ratio, which visits [0, 1) more evenly than random numbers, and as reproducibly as anything else.

/** A quadratic Bezier curve, or two straight pieces. */
export type CurveShape = 'bezier' | 'chain';

/** Form of the curve. */
export interface CurveNetworkOptions {
  /** `bezier`: (1-t)^2 a + 2t(1-t) bend + t^2 b. `chain`: straight from a to the bend, and on to b. Default `bezier`. */
  readonly shape?: CurveShape;
}

/** A network whose models are paths between two models of another network. */
export interface CurveNetwork extends Network {
  /** The path's variables with its time set: what evaluation, taps and metrics then see is the model there. The caller disposes `time` only. */
  at(variables: Variables, time: Tensor): Variables;
  /** The model of the original network at the time that the variables hold. The caller disposes the parameters. */
  model(variables: Variables): Variables;
}

const timeName = 'curve.time';
const startOf = (name: string): string => `curve.start.${name}`;
const endOf = (name: string): string => `curve.end.${name}`;
/** Fractional part of the golden ratio. */
const step = (Math.sqrt(5) - 1) / 2;

/**
 * Paths between `start` and `end` with one bend, which begins at their middle. Both must share their constants; running statistics are carried along
 * while training and want recomputing at each point (`recomputeStatistics`).
 * @throws BasinlabError where the ends differ in their parameters or do not share their constants
 */
export function curveNetwork(
  network: Network,
  start: Variables,
  end: Variables,
  { shape = 'bezier' }: CurveNetworkOptions = {},
): CurveNetwork {
  for (const { name } of network.params) {
    const [a, b] = [start.params[name], end.params[name]];
    demand(
      a !== undefined && b !== undefined && a.shape.join() === b.shape.join(),
      'curveNetwork',
      `a parameter ${name} of one shape at both ends`,
      [a?.shape, b?.shape],
    );
  }
  for (const [name, tensor] of Object.entries(start.constants)) {
    demand(
      end.constants[name] === tensor,
      'curveNetwork',
      `one tensor of the constant ${name} that both ends share`,
      'two',
      'Convert both with toStandard first.',
    );
  }
  const inside = ({ params, constants, state }: Variables): Variables => {
    const time = state[timeName]!;
    return {
      params: Object.fromEntries(
        network.params.map(({ name }) => [name, pointOn(shape, constants[startOf(name)]!, params[name]!, constants[endOf(name)]!, time)]),
      ),
      constants: only(constants, (name) => !name.startsWith('curve.')),
      state: only(state, (name) => name !== timeName),
    };
  };
  return {
    ...network,
    breaking: `${network.breaking}-${shape}`,
    state: [...network.state, { name: timeName, shape: [], axes: [], init: 0.5 }],
    init: (_keys, given) =>
      tf.tidy(() => ({
        params: Object.fromEntries(network.params.map(({ name }) => [name, tf.div(tf.add(start.params[name]!, end.params[name]!), 2)])),
        constants: given?.constants ?? endsOf(start, end),
        state: { ...copied(start.state), [timeName]: tf.scalar(0.5) },
      })),
    effective: (variables) => network.effective(inside(variables as Variables)),
    apply(variables, x, options) {
      const { logits, state } = network.apply(inside(variables), x, options);
      const time = variables.state[timeName]!;
      const next = options?.training === true ? tf.mod(tf.add(time, step), 1) : time;
      return { logits, state: { ...state, [timeName]: next } };
    },
    toStandard: (variables) => network.toStandard(inside(variables)),
    at: (variables, time) => ({ ...variables, state: { ...variables.state, [timeName]: time } }),
    model: inside,
  };
}

function pointOn(shape: CurveShape, a: Tensor, bend: Tensor, b: Tensor, time: Tensor): Tensor {
  const rest = tf.sub(1, time);
  switch (shape) {
    case 'bezier':
      return tf.addN([tf.mul(tf.square(rest), a), tf.mul(tf.mul(tf.mul(time, rest), 2), bend), tf.mul(tf.square(time), b)]);
    case 'chain': {
      const [early, late] = [tf.relu(tf.sub(1, tf.mul(time, 2))), tf.relu(tf.sub(tf.mul(time, 2), 1))];
      return tf.addN([tf.mul(early, a), tf.mul(tf.sub(1, tf.add(early, late)), bend), tf.mul(late, b)]);
    }
    default:
      return shape satisfies never;
  }
}

const only = (tensors: Tensors, keep: (name: string) => boolean): Tensors =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => keep(name)));

const copied = (tensors: Tensors): Tensors => Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.clone(tensor)]));

function endsOf(start: Variables, end: Variables): Tensors {
  const named = (tensors: Tensors, rename: (name: string) => string): Tensors =>
    Object.fromEntries(Object.entries(copied(tensors)).map(([name, tensor]) => [rename(name), tensor]));
  return { ...copied(start.constants), ...named(start.params, startOf), ...named(end.params, endOf) };
}
