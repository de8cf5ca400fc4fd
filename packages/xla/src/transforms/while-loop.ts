import { BasinlabError, demand } from '@basinlab/tensor';
import type { TensorTree } from '@basinlab/tensor';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { XlaBackend } from '../backend/backend.js';
import { isTapeOn } from '../backend/engine-state.js';
import { Trace } from '../backend/trace.js';
import { ops } from '../hlo/index.js';
import { onTape } from './differentiable.js';
import { tensorLeaves } from './functions.js';
import { Program, inputTypes } from './program.js';
import { requireSameCarry } from './scan.js';

/** `whileLoop` for tensors of one backend: one `while` of the graph. */
export function makeWhileLoop(backend: XlaBackend) {
  return <C extends TensorTree>(condition: (carry: C) => Tensor, body: (carry: C) => C, init: C): C => {
    const start = tensorLeaves('whileLoop', init);
    const rebuild = (leaves: readonly Tensor[]) => start.structure.unflatten(leaves) as C;
    const test = (leaves: readonly Tensor[]) => {
      const flag = condition(rebuild(leaves));
      demand(
        flag.dtype === 'bool' && flag.shape.length === 0,
        'whileLoop',
        'a condition that is a bool scalar',
        `${flag.dtype}[${flag.shape.join(',')}]`,
      );
      return [flag];
    };
    const turn = (leaves: readonly Tensor[]) => {
      const next = tensorLeaves('whileLoop', body(rebuild(leaves)));
      requireSameCarry('whileLoop', init, start.leaves, next);
      return next.leaves;
    };
    const flat = (leaves: readonly Tensor[]) => loop(backend, test, turn, leaves);
    if (backend.trace) return rebuild(flat(start.leaves));
    const program = new Program(backend, flat, inputTypes(backend, start.leaves, 'whileLoop'), { name: 'whileLoop' });
    const run = () => program.call(start.leaves, () => program.dispose(false));
    return rebuild(isTapeOn() ? onTape([...start.leaves, ...program.free], run, refuseGradient) : run());
  };
}

type Flat = (leaves: readonly Tensor[]) => Tensor[];

function loop(backend: XlaBackend, test: Flat, turn: Flat, init: readonly Tensor[]): Tensor[] {
  const trace = backend.trace!;
  const start = init.map((tensor) => trace.value(tensor, 'whileLoop'));
  const free: Tensor[] = [];
  const region = (f: Flat) => {
    const inner = new Trace(backend, trace, trace.graph.region(), trace.builder.precision);
    const inputs = start.map((value) => inner.graph.input(value));
    const run = () => f(inputs.map((value) => inner.tensor(value))).map((tensor) => inner.value(tensor, 'whileLoop'));
    inner.graph.outputs = inner.run(run);
    free.push(...inner.free.values());
    return inner.graph;
  };
  const results = trace.builder.apply(ops.while, start, null, [region(test), region(turn)]);
  const tensors = () => results.map((value) => trace.tensor(value));
  return isTapeOn() ? onTape([...init, ...free], tensors, refuseGradient) : tensors();
}

function refuseGradient(): never {
  throw new BasinlabError('whileLoop', 'no gradient through it, as the number of turns is not known', 'a gradient', {
    remedy: 'Use scan, which has a fixed number of turns',
  });
}
