import * as tf from '@tensorflow/tfjs-core';
import {
  createActivationRecorder,
  demand,
  type Graph,
  type Key,
  type Network,
  type RebasinStrategy,
  type SymmetryTransform,
  type Task,
  type Tensors,
  type Variables,
} from '@basinlab/core';
import { applyTransform } from '@basinlab/rebasin';

export interface AlignPairOptions {
  /** A standard network (`network.standard`), whose variables `a` and `b` are. */
  readonly network: Network;
  readonly a: Variables;
  readonly b: Variables;
  readonly strategy: RebasinStrategy;
  /** Inputs on which activations are compared or a loss is taken, for strategies that need them: samples, or nodes of `graph`. */
  readonly inputs: tf.Tensor;
  /** Of the inputs, for strategies that need a loss. */
  readonly labels?: tf.Tensor | undefined;
  readonly task?: Task | undefined;
  readonly graph?: Graph | undefined;
  readonly key: Key;
  readonly signal: AbortSignal;
}

/** `b` moved onto `a`, as fresh tensors that the caller disposes (the constants are `b`'s own), and the transform that did it. */
export async function alignPair({
  network,
  a,
  b,
  strategy,
  inputs,
  labels,
  task,
  graph,
  key,
  signal,
}: AlignPairOptions): Promise<{ aligned: Variables; transform: SymmetryTransform }> {
  const tied = Object.keys(b.constants);
  demand(
    tied.length === 0,
    strategy.id,
    'networks whose constants can be absorbed into weights',
    tied,
    'Sigma networks cannot be aligned.',
  );
  // Feature maps of a thousand images fill gigabytes.
  const convolves = network.params.some(({ shape }) => shape.length === 4);
  const recorder =
    strategy.needs === 'activations'
      ? createActivationRecorder(network, { graph, batch: convolves ? 50 : 1000, ...(strategy.sites && { sites: strategy.sites }) })
      : undefined;
  try {
    const transform = await strategy.align(
      { params: a.params, state: a.state },
      { params: b.params, state: b.state },
      {
        specs: network.params,
        stateSpecs: network.state,
        key,
        signal,
        network,
        ...(labels === undefined ? {} : { data: { inputs, labels, task, graph } }),
        ...(recorder && { activations: { a: recorder.stream('a', a, inputs), b: recorder.stream('b', b, inputs) } }),
      },
    );
    const aligned = {
      params: applyTransform(network.params, b.params, transform),
      state: applyTransform(network.state, b.state, transform),
      constants: b.constants,
    };
    return { aligned, transform };
  } finally {
    recorder?.dispose();
  }
}

/** The standard form of trained variables as tensors of their own, which the caller disposes. */
export function standardVariables(network: Network, variables: Variables): Variables {
  const own = (tensors: Tensors, shared: Tensors): Tensors =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor === shared[name] ? tf.clone(tensor) : tensor]));
  const standard = () => {
    const { params, state, constants } = network.toStandard(variables);
    return { params: own(params, variables.params), state: own(state, variables.state), constants: own(constants, variables.constants) };
  };
  return tf.tidy(standard);
}
