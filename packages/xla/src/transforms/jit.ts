import { BasinlabError, demand } from '@basinlab/tensor';
import type { Jitted, JitOptions, TensorFunction, TensorTree, TreeStructure } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { XlaBackend } from '../backend/backend.js';
import { gradientDepth } from '../backend/engine-state.js';
import { attributesKey } from '../backend/key.js';
import { flattenArguments, tensorLeaves } from './functions.js';
import { Program, inputTypes, typesKey } from './program.js';

interface Entry {
  readonly program: Program;
  readonly structure: TreeStructure;
}

/** `jit` for tensors of one backend. Inside another traced function the call is simply part of it. */
export function makeJit(backend: XlaBackend) {
  return <F extends TensorFunction>(f: F, options: JitOptions = {}): Jitted<F> => {
    const id = options.name ?? (f.name || 'jit');
    const fixed = new Set(options.staticArguments);
    const donate = new Set(options.donate);
    const entries = new Map<string, Entry>();
    const run = f as unknown as (...args: unknown[]) => TensorTree;
    demand(
      [...donate].every((position) => !fixed.has(position)),
      id,
      'donated arguments that are not static',
      [...donate],
    );

    const trace = (args: readonly unknown[], types: ReturnType<typeof inputTypes>, donated: ReadonlySet<number>): Entry => {
      let structure: TreeStructure | undefined;
      const { rebuild } = flattenArguments(
        id,
        args.filter((_, i) => !fixed.has(i)),
      );
      const program = new Program(
        backend,
        (leaves) => {
          const trees = rebuild(leaves)[Symbol.iterator]();
          const result = tensorLeaves(id, run(...args.map((arg, i) => (fixed.has(i) ? arg : trees.next().value!))));
          structure = result.structure;
          return result.leaves;
        },
        types,
        { name: id, donate: donated },
      );
      return { program, structure: structure! };
    };

    /** The program for a call, and what it is given. */
    const prepare = (args: readonly unknown[]): { entry: Entry; leaves: Tensor[] } => {
      const statics = args.map((arg, i) => (fixed.has(i) ? staticKey(id, i, arg) : '')).join('|');
      const { leaves, key, counts } = flattenArguments(
        id,
        args.filter((_, i) => !fixed.has(i)),
      );
      const types = inputTypes(backend, leaves, id);
      const donated = donatedLeaves(args, fixed, donate, counts);
      const full = `${statics}#${key}#${typesKey(types)}#${backend.runtime.precision}`;
      let entry = entries.get(full);
      if (!entry?.program.isUsable) {
        entry?.program.dispose();
        entry = trace(args, types, donated);
        entries.set(full, entry);
      }
      return { entry, leaves };
    };

    const call = (...args: unknown[]): TensorTree => {
      if (backend.trace) return run(...args);
      const { entry, leaves } = prepare(args);
      return entry.structure.unflatten(entry.program.call(leaves));
    };

    const together = (calls: readonly unknown[][]): TensorTree[] => {
      const { devices } = backend.runtime.client;
      demand(calls.length <= devices.length, id, `at most ${devices.length} calls at the same time, one per device`, calls.length);
      if (calls.length === 1 || backend.trace !== null || gradientDepth() > 0) return calls.map((args) => call(...args));
      const prepared = calls.map((args, at) => ({ ...prepare(args), at, device: devices[at]! }));
      const results: TensorTree[] = [];
      // Calls of other shapes run another program.
      for (const entry of new Set(prepared.map((each) => each.entry))) {
        const own = prepared.filter((each) => each.entry === entry);
        const outputs = entry.program.callOn(
          own.map(({ device }) => device),
          own.map(({ leaves }) => leaves),
        );
        own.forEach(({ at }, i) => (results[at] = entry.structure.unflatten(outputs[i]!)));
      }
      return results;
    };

    const dispose = () => {
      for (const { program } of entries.values()) program.dispose();
      entries.clear();
    };
    return Object.defineProperty(Object.assign(call, { together, dispose }), 'programs', {
      get: () => entries.size,
    }) as unknown as Jitted<F>;
  };
}

/** Text that tells static values apart. */
function staticKey(id: string, position: number, value: unknown): string {
  const refuse = (got: string) => new BasinlabError(id, `a plain value as static argument ${position}`, got);
  const visit = (part: unknown): void => {
    if (typeof part === 'function') throw refuse('a function');
    if (part instanceof tf.Tensor) throw refuse('a tensor');
    if (typeof part === 'object' && part !== null && !ArrayBuffer.isView(part)) Object.values(part).forEach(visit);
  };
  visit(value);
  return attributesKey(value);
}

/** Positions of leaves that belong to donated arguments. */
function donatedLeaves(
  args: readonly unknown[],
  fixed: ReadonlySet<number>,
  donate: ReadonlySet<number>,
  counts: readonly number[],
): Set<number> {
  const positions = args.map((_, i) => i).filter((i) => !fixed.has(i));
  const leaves = new Set<number>();
  let from = 0;
  counts.forEach((count, i) => {
    for (let leaf = from; leaf < from + count; leaf++) if (donate.has(positions[i]!)) leaves.add(leaf);
    from += count;
  });
  return leaves;
}
