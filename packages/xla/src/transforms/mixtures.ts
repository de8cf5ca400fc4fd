import { flatten, mixLeaves, mixTrees } from '@basinlab/tensor';
import type { TensorTree, TreeStructure } from '@basinlab/tensor';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { XlaBackend } from '../backend/backend.js';
import { gradientDepth } from '../backend/engine-state.js';
import { Trace } from '../backend/trace.js';
import { replayMixture } from '../hlo/index.js';
import { tensorLeaves, typeOf } from './functions.js';

/**
 * `mixtures` for tensors of one backend: the function is traced for one model, and what is affine in the models goes into the trace in which
 * `mixtures` was called. Outside of traced functions, and while a gradient is taken, models are mixed and the function called.
 */
export function makeMixtures(backend: XlaBackend) {
  return <M extends TensorTree, A extends readonly TensorTree[], Y extends TensorTree>(
    f: (model: M, ...args: A) => Y,
    models: readonly M[],
  ): ((weights: Tensor, ...args: A) => Y) => {
    const once = backend.trace;
    const leaves = mixLeaves(models);
    const { structure } = flatten(models[0]!);
    const ends = once && leaves.map((all) => all.map((leaf) => once.value(leaf, 'mixtures')));
    return (weights, ...args) => {
      const trace = backend.trace;
      if (!trace || !once || !ends || gradientDepth() > 0) return f(mixTrees(models, weights), ...args);
      const model = new Trace(backend, trace, trace.graph.region(), trace.builder.precision);
      const inputs = leaves.map(([leaf]) => model.graph.input(typeOf(leaf!)));
      let results: TreeStructure | undefined;
      model.graph.outputs = model.run(() => {
        const result = tensorLeaves('mixtures', f(structure.unflatten(inputs.map((value) => model.tensor(value))) as M, ...args));
        results = result.structure;
        return result.leaves.map((tensor) => model.value(tensor, 'mixtures'));
      });
      const values = replayMixture({
        source: model.graph,
        ends,
        once: once.graph,
        target: trace.graph,
        weights: trace.value(weights, 'mixtures'),
      });
      return results!.unflatten(values.map((value) => trace.tensor(value))) as Y;
    };
  };
}
