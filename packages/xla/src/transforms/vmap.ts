import { commonLength, demand, leafAxes } from '@basinlab/tensor';
import type { TensorFunction, TensorTree, TreeStructure, VmapOptions } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { XlaBackend } from '../backend/backend.js';
import { gradientDepth, isTapeOn } from '../backend/engine-state.js';
import { Trace } from '../backend/trace.js';
import { batchGraph, lift } from '../hlo/index.js';
import type { DType } from '../hlo/index.js';
import { onTape, vectorJacobian } from './differentiable.js';
import type { Flat } from './differentiable.js';
import { flattenArguments, isFloat, tensorLeaves } from './functions.js';
import type { AnyFunction } from './functions.js';
import { Program, inputTypes, typesKey } from './program.js';

/** `vmap` for tensors of one backend: the function is traced once for one example, then its graph is replayed with batching rules. */
export function makeVmap(backend: XlaBackend) {
  return <F extends TensorFunction>(f: F, options: VmapOptions = {}): F => {
    const run = f as unknown as AnyFunction;
    const programs = new Map<string, { program: Program; structure: TreeStructure }>();

    const call = (...args: TensorTree[]): TensorTree => {
      const { leaves, key, rebuild } = flattenArguments('vmap', args);
      const axes = args.flatMap((arg, i) => leafAxes('vmap', options.inAxes?.[i] === undefined ? 0 : options.inAxes[i], arg));
      const size = commonLength('vmap', leaves, axes);
      demand(size !== null, 'vmap', 'at least one mapped argument', options.inAxes ?? 'no tensor');
      let structure: TreeStructure | undefined;
      const flat: Flat = (example) => {
        const result = tensorLeaves('vmap', run(...rebuild(example)));
        structure = result.structure;
        return result.leaves;
      };
      const batched: Flat = (all) =>
        mapFlat(
          backend,
          flat,
          all.map((leaf, i) => toFront(leaf, axes[i]!)),
          axes.map((axis) => axis !== null),
          size,
        );
      if (backend.trace) {
        const results = batched(leaves);
        return structure!.unflatten(results);
      }
      const types = inputTypes(backend, leaves, 'vmap');
      const name = `vmap_${f.name}`;
      if (isTapeOn()) {
        const program = new Program(backend, batched, types, { name });
        const results = program.call(leaves, () => program.dispose(false));
        return structure!.unflatten(results);
      }
      const full = `${key}#${axes.join()}#${typesKey(types)}#${backend.runtime.precision}`;
      let entry = programs.get(full);
      if (!entry || !entry.program.isUsable) {
        const program = new Program(backend, batched, types, { name });
        entry = { program, structure: structure! };
        programs.set(full, entry);
      }
      const results = entry.program.call(leaves);
      // Nobody disposes the result of vmap: between calls its programs hold no tensors.
      entry.program.letGo();
      return entry.structure.unflatten(results);
    };
    return call as unknown as F;
  };
}

/** Calls `f`, written for one example, on inputs whose leading axis (length `size`) is mapped or that are shared; results are all mapped. */
export function mapFlat(backend: XlaBackend, f: Flat, inputs: readonly Tensor[], mapped: readonly boolean[], size: number): Tensor[] {
  const trace = backend.trace!;
  const example = new Trace(backend, trace, trace.graph.region(), trace.builder.precision);
  const places = inputs.map((tensor, i) =>
    example.graph.input({ shape: mapped[i] ? tensor.shape.slice(1) : tensor.shape, dtype: tensor.dtype as DType }),
  );
  example.graph.outputs = example.run(() => f(places.map((value) => example.tensor(value))).map((result) => example.value(result, 'vmap')));
  const replay = () => {
    const values = inputs.map((tensor, i) => ({ value: trace.value(tensor, 'vmap'), mapped: mapped[i]! }));
    return batchGraph(trace.graph, example.graph, values, size).map((result) => trace.tensor(lift(trace.graph, result, size)));
  };
  if (gradientDepth() === 0) return replay();

  const free = [...example.free.values()];
  free.forEach((tensor) => trace.hold(tensor));
  return onTape(
    [...inputs, ...free],
    (save) => {
      save([...inputs]);
      return replay();
    },
    (dys, saved) => {
      const present = dys.map((dy) => dy !== null);
      const incoming = dys.filter((dy) => dy !== null);
      const gradient = vectorJacobian(f, inputs.length, free, present);
      const gradients = mapFlat(backend, gradient, [...saved, ...incoming], [...mapped, ...incoming.map(() => true)], size);
      // What all examples share receives the sum of their gradients.
      const shared = [...mapped.filter((_, i) => isFloat(inputs[i]!)).map((flag) => !flag), ...free.filter(isFloat).map(() => true)];
      return gradients.map((each, i) => (shared[i] ? tf.sum(each, 0) : each));
    },
  );
}

function toFront(tensor: Tensor, axis: number | null): Tensor {
  if (axis === null || axis === 0) return tensor;
  return tf.transpose(tensor, [axis, ...tensor.shape.map((_, other) => other).filter((other) => other !== axis)]);
}
