import type { Graph, Key, Network, RebasinStrategy, SymmetryTransform, Task, Variables } from '@basinlab/core';
import { recordedSource, runMeasurements, type SubjectModel } from '@basinlab/core/measurement';
import { drain } from '@basinlab/core/pipeline';
import type * as tf from '@tensorflow/tfjs-core';
import { alignmentOf, type AlignedModel } from './alignment.js';

/** Two models of a network, the strategy that aligns them, and what it may look at. */
export interface AlignPairOptions {
  /** A standard network (`network.standard`), whose variables `a` and `b` are. */
  readonly network: Network;
  readonly a: Variables;
  readonly b: Variables;
  readonly strategy: RebasinStrategy;
  /** Inputs on which activations are compared or a loss is taken, for strategies that need them: samples, or nodes of `graph`. */
  readonly inputs?: tf.Tensor | undefined;
  /** Of the inputs, for strategies that need a loss. */
  readonly labels?: tf.Tensor | undefined;
  readonly task?: Task | undefined;
  readonly graph?: Graph | undefined;
  readonly key: Key;
  readonly signal: AbortSignal;
  /** Tells how far a long alignment is. */
  progress?(done: number, total: number): void;
}

/** `b` moved onto `a`, as fresh tensors that the caller disposes (the constants are `b`'s own), and the transform that did it. */
export async function alignPair(options: AlignPairOptions): Promise<{ aligned: Variables; transform: SymmetryTransform }> {
  const { network, a, b, strategy, inputs, labels, task = 'classification', graph, key, signal, progress } = options;
  const [first, second] = [a, b].map((variables, at): SubjectModel => ({ name: at === 0 ? 'a' : 'b', standard: variables }));
  const sources = inputs === undefined ? undefined : recordedSource({ network, examples: { inputs, labels }, graph });
  let found: AlignedModel | undefined;
  const measurement = alignmentOf({
    strategy,
    samples: Infinity,
    settled: (aligned) => (found = aligned),
    progress: ({ done, total }) => progress?.(done, total),
  });
  const around = graph === undefined ? {} : { graph };
  // Where inputs are nodes of the graph, a split names them apart from their features.
  const split = inputs === undefined || labels === undefined ? undefined : { inputs, labels, nodes: inputs };
  try {
    const run = runMeasurements([{ measurement, options: {} }], [{ of: 'pair', labels: {}, a: first!, b: second!, alignment: 'none' }], {
      networks: { raw: network, standard: network },
      key,
      execution: 'map',
      ...(sources === undefined ? {} : { sources }),
      ...(split === undefined ? {} : { examples: { examples: split, task, splits: {}, ...around } }),
    });
    await drain(run, { signal });
    return { aligned: found!.variables, transform: found!.transform };
  } finally {
    sources?.dispose();
  }
}
