import { BasinlabError, demand } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { Builder, fromLevels, showType, sizeOf } from '../hlo/index.js';
import type { Graph, LevelTable, Precision, Value } from '../hlo/index.js';
import type { XlaBackend } from './backend.js';
import { withFreshTape } from './engine-state.js';
import { SMALL, elementType, splatOf, toBytes } from './tensor-data.js';
import type { TensorData } from './tensor-data.js';

/**
 * A concrete tensor that a traced function uses without having it as an argument; it became an extra input of the program. Of a variable the
 * program reads the value it has when it runs.
 */
export interface Capture {
  /** A clone that keeps the data alive; a variable itself. */
  readonly tensor: Tensor;
  readonly source: Tensor;
  readonly input: Value;
}

/** Host data made while tracing is part of the program up to this size; larger arrays become captured inputs. */
const LARGEST_LITERAL = 1 << 20;

/**
 * One run of a function on tensors without values: kernels append to its graph. Traces nest where transforms do (the body of a scan, a
 * function under vmap): an inner trace sees the values of those around it, and captured tensors become inputs of the outermost graph.
 */
export class Trace {
  readonly builder: Builder;
  readonly captures: Map<TensorData | tf.Variable, Capture>;
  /** Tensors from outside this trace that it used, by tensor id: what a gradient must flow to besides the arguments. */
  readonly free = new Map<number, Tensor>();
  private readonly held: Tensor[] = [];
  private firstTensorId = Infinity;

  constructor(
    private readonly backend: XlaBackend,
    readonly parent: Trace | null,
    graph: Graph,
    precision: Precision,
  ) {
    this.builder = new Builder(graph, precision);
    this.captures = parent?.captures ?? new Map<TensorData | tf.Variable, Capture>();
  }

  get graph(): Graph {
    return this.builder.graph;
  }

  /** Runs `f` with this trace as the current one; every tensor it makes is disposed at the end. */
  run<T>(f: () => T): T {
    const { backend } = this;
    const before = backend.trace;
    backend.trace = this;
    tf.engine().startScope('trace');
    try {
      // Tensor ids grow: what has a larger id than this one was made inside.
      this.firstTensorId = tf.scalar(0).id;
      return withFreshTape(f);
    } finally {
      tf.engine().endScope();
      for (const tensor of this.held) tensor.dispose();
      backend.trace = before;
    }
  }

  /** A tensor that stands for `value`. */
  tensor(value: Value): Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.info(value));
  }

  info(value: Value): TensorInfo {
    const dtype = value.dtype;
    demand(
      dtype === 'float32' || dtype === 'int32' || dtype === 'bool' || dtype === 'complex64',
      'xla',
      'kernel results of float32, int32, bool or complex64',
      showType(value),
    );
    return { dataId: this.backend.store({ dtype, shape: value.shape, value }), shape: [...value.shape], dtype };
  }

  /** The value of a tensor in this trace's graph: its own, one of a trace around it, a constant, or a captured input. */
  value(tensor: TensorInfo, kernel = 'jit'): Value {
    const data = this.backend.dataOf(tensor, kernel);
    this.note(tensor);
    if (data.value) {
      demand(
        this.graph.sees(data.value.graph),
        `xla/${kernel}`,
        'a tensor of this function',
        'a tensor that was kept from another traced function',
        'Return it from that function instead',
      );
      return this.builder.reshape(data.value, tensor.shape);
    }
    return (
      this.literal(tensor, data, kernel) ??
      this.builder.reshape(this.content(this.capture(tensor, data, kernel), data.levels), tensor.shape)
    );
  }

  /** Keeps a tensor that belongs to this trace until its end, whatever `tf.tidy` says: a gradient may run its function again. */
  hold(tensor: Tensor): void {
    if (this.parent && !this.isInside(tensor)) this.parent.hold(tensor);
    else if (!tensor.kept && this.isInside(tensor)) this.held.push(tf.keep(tensor));
  }

  /** The entries of an input that holds them, or bytes in place of them. */
  content(input: Value, levels: LevelTable | null): Value {
    return levels === null ? input : fromLevels(this.builder, input, levels);
  }

  private isInside(tensor: TensorInfo): boolean {
    return (tensor as Tensor).id >= this.firstTensorId;
  }

  private note(tensor: TensorInfo): void {
    for (let trace: Trace | null = this as Trace; trace && !trace.isInside(tensor); trace = trace.parent)
      trace.free.set((tensor as Tensor).id, tensor as Tensor);
  }

  private literal(tensor: TensorInfo, data: TensorData, kernel: string): Value | null {
    if (!data.host || tensor instanceof tf.Variable) return null;
    const dtype = elementType(data.dtype, kernel);
    const size = sizeOf(tensor.shape);
    const inside = this.isInside(tensor) && size * 4 <= LARGEST_LITERAL;
    if (!inside && size > SMALL) return null;
    const splat = dtype === 'complex64' ? null : splatOf(data.host, tensor.shape);
    return splat === null
      ? this.builder.constant(toBytes(data.host, dtype), dtype, tensor.shape)
      : this.builder.full(splat, dtype, tensor.shape);
  }

  private capture(tensor: TensorInfo, data: TensorData, kernel: string): Value {
    const variable = tensor instanceof tf.Variable ? tensor : null;
    const known = this.captures.get(variable ?? data);
    if (known) return known.input;
    const source = tensor as Tensor;
    const capture: Capture = {
      source,
      tensor: variable ?? this.backend.outsideTraces(() => tf.keep(tf.clone(source))),
      input: outermost(this.graph).input({ shape: data.shape, dtype: data.levels === null ? elementType(data.dtype, kernel) : 'uint8' }),
    };
    this.captures.set(variable ?? data, capture);
    return capture.input;
  }
}

const outermost = (graph: Graph): Graph => (graph.parent ? outermost(graph.parent) : graph);

/** Refuses to read a tensor that has no value yet. */
export function refuseRead(): never {
  throw new BasinlabError(
    'xla',
    'a tensor with a value',
    'a tensor inside jit, vmap or scan, whose value is not known while the function is traced',
    {
      remedy: 'Return it and read it outside, or choose between values with tf.where',
    },
  );
}
