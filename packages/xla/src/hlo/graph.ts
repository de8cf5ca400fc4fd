import { demand } from '@basinlab/tensor';
import type { Op } from './op.js';
import { showType } from './types.js';
import type { DType, TensorType } from './types.js';

/** One result of a node or one input of a graph. Immutable; compared by identity. */
export class Value implements TensorType {
  constructor(
    readonly graph: Graph,
    readonly shape: readonly number[],
    readonly dtype: DType,
  ) {}
}

/** One application of an op. `regions` are the bodies of `while`, `sort`, `reduce` and the like. */
export interface Node {
  readonly op: Op;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attrs: unknown;
  readonly regions: readonly Graph[];
}

/**
 * A list of nodes in order of computation: a function, or a region when it has a parent. Nodes of a region may use values of every
 * enclosing graph. Building only appends; text and batching read.
 */
export class Graph {
  readonly inputs: Value[] = [];
  readonly nodes: Node[] = [];
  outputs: readonly Value[] = [];

  constructor(readonly parent: Graph | null = null) {}

  input(type: TensorType): Value {
    const value = new Value(this, type.shape, type.dtype);
    this.inputs.push(value);
    return value;
  }

  /** A body for one of this graph's nodes. */
  region(): Graph {
    return new Graph(this);
  }

  /** Whether nodes of this graph may use a value of `other`: itself or an enclosing graph. */
  sees(other: Graph): boolean {
    return other === this || (this.parent?.sees(other) ?? false);
  }

  /** Appends a node; the op's shape rule gives the results or throws what is wrong with the inputs. */
  add<A>(op: Op<A>, inputs: readonly Value[], attrs: A, regions: readonly Graph[] = []): Value[] {
    for (const input of inputs)
      demand(this.sees(input.graph), `xla/${op.name}`, 'inputs from this graph or one around it', `${showType(input)} of another graph`);
    const types = op.infer(inputs, attrs, regions);
    const outputs = types.map((type) => new Value(this, type.shape, type.dtype));
    this.nodes.push({ op, inputs, outputs, attrs, regions });
    return outputs;
  }
}
