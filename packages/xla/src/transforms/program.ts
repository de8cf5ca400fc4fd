import { demand } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { XlaBackend } from '../backend/backend.js';
import { gradientDepth } from '../backend/engine-state.js';
import { elementType } from '../backend/tensor-data.js';
import type { DeviceDType } from '../backend/tensor-data.js';
import { Trace } from '../backend/trace.js';
import { Graph, programText, sameShape } from '../hlo/index.js';
import type { LevelTable, TensorType, Value } from '../hlo/index.js';
import type { Device, DeviceBuffer } from '../pjrt/index.js';
import { onTape, vectorJacobian } from './differentiable.js';
import type { Flat } from './differentiable.js';

export interface ProgramOptions {
  readonly name: string;
  /** Positions of inputs whose memory outputs may take over. */
  readonly donate?: ReadonlySet<number>;
}

/** Type of a program's input: the shape of the tensor, and that of the data it is a view of. */
export interface InputType extends TensorType {
  readonly storage: readonly number[];
  /** Where the data are bytes. */
  readonly levels?: LevelTable | null;
}

/** A function traced for one list of input types and compiled when it first runs. */
export class Program {
  readonly text: string;
  /** Tensors from outside that the function uses. */
  readonly free: readonly Tensor[];
  private captured: readonly Tensor[];
  private readonly sources: readonly Tensor[];
  private readonly capturedShapes: readonly (readonly number[])[];
  private readonly outputs: readonly TensorType[];
  private gradient: Program | null = null;

  constructor(
    private readonly backend: XlaBackend,
    private readonly f: Flat,
    private readonly types: readonly InputType[],
    private readonly options: ProgramOptions,
  ) {
    const trace = new Trace(backend, null, new Graph(), backend.runtime.precision);
    const { graph } = trace;
    const inputs = types.map(({ storage, dtype, levels }) => graph.input({ shape: storage, dtype: levels ? 'uint8' : dtype }));
    try {
      graph.outputs = trace.run(() =>
        f(types.map(({ shape, levels = null }, i) => trace.tensor(trace.builder.reshape(trace.content(inputs[i]!, levels), shape)))).map(
          (result) => trace.value(result),
        ),
      );
    } catch (error) {
      for (const { tensor, source } of trace.captures.values()) if (tensor !== source) tensor.dispose();
      throw error;
    }
    this.outputs = graph.outputs;
    this.free = [...trace.free.values()];
    this.captured = [...trace.captures.values()].map(({ tensor }) => tensor);
    this.capturedShapes = graph.inputs.slice(types.length).map(({ shape }) => shape);
    this.sources = [...trace.captures.values()].map(({ source }) => source);
    this.text = programText(graph, {
      name: options.name,
      aliases: aliases(inputs, graph.outputs, options.donate),
      canonicalConvolutions: backend.runtime.client.platform === 'cpu',
    });
  }

  /**
   * Runs the program on tensors of its input types; results may still be pending. `whenDone` is called once nobody needs the program for
   * this call: at once, or when the gradient tape that recorded it is gone.
   */
  call(inputs: readonly Tensor[], whenDone: (() => void) | null = null): Tensor[] {
    const depth = gradientDepth();
    if (depth === 0) {
      try {
        return this.execute(inputs, true);
      } finally {
        whenDone?.();
      }
    }
    // Now rather than when the gradient is asked for: by then tensors that the function uses may be gone.
    this.prepareGradients(depth);
    return onTape(
      [...inputs, ...this.free],
      (save) => {
        // tfjs disposes what was saved together with the tape: a sentinel tells when that is.
        save(whenDone ? [...inputs, this.backend.sentinel(whenDone)] : [...inputs]);
        return this.execute(inputs, false);
      },
      (dys, saved) =>
        this.gradient!.call([...saved.slice(0, inputs.length), ...this.outputs.map(({ shape }, i) => dys[i] ?? tf.zeros([...shape]))]),
    );
  }

  /** Runs the program on several lists of inputs at the same time, each on a device of its own. */
  callOn(devices: readonly Device[], inputs: readonly (readonly Tensor[])[]): Tensor[][] {
    const { backend } = this;
    const buffers = inputs.map((list, at) => this.buffersOf(list, true, devices[at]));
    const results = backend.runtime.executeAll(this.text, devices, buffers);
    inputs.forEach((list) => this.takeDonated(list));
    return results.map((own) => this.wrapped(own));
  }

  /** Whether everything that the function captured still exists, in the form it was compiled for. */
  get isUsable(): boolean {
    return this.captured.every(
      (tensor, i) => !tensor.isDisposed && sameShape(this.backend.dataOf(tensor, this.options.name).shape, this.capturedShapes[i]!),
    );
  }

  /** Holds the captured tensors no longer than their owners do. */
  letGo(): void {
    this.captured.forEach((tensor, i) => {
      if (tensor !== this.sources[i]) tensor.dispose();
    });
    this.captured = this.sources;
  }

  /** Traces gradients up to the given order. */
  prepareGradients(order: number): void {
    if (order === 0) return;
    this.gradient ??= this.traceGradient();
    this.gradient.prepareGradients(order - 1);
  }

  /** Lets go of the tensors that the program holds; `release` also unloads what was compiled. */
  dispose(release = true): void {
    this.letGo();
    this.captured = [];
    if (release) this.backend.runtime.release(this.text);
    this.gradient?.dispose(release);
    this.gradient = null;
  }

  private traceGradient(): Program {
    const contiguous = ({ shape, dtype }: TensorType): InputType => ({ shape, dtype, storage: shape });
    const types = [...this.types, ...this.outputs.map(({ shape }) => contiguous({ shape, dtype: 'float32' }))];
    return new Program(
      this.backend,
      vectorJacobian(
        this.f,
        this.types.length,
        this.free,
        this.outputs.map(() => true),
      ),
      types,
      {
        ...this.options,
        donate: new Set(),
        name: `gradient_of_${this.options.name}`,
      },
    );
  }

  private execute(inputs: readonly Tensor[], donating: boolean): Tensor[] {
    const buffers = this.buffersOf(inputs, donating);
    const results = this.backend.runtime.execute(this.text, buffers, donating ? [] : [...(this.options.donate ?? [])]);
    if (donating) this.takeDonated(inputs);
    return this.wrapped(results);
  }

  private buffersOf(inputs: readonly Tensor[], donating: boolean, device = this.backend.device): DeviceBuffer[] {
    const { backend, options } = this;
    const data = [...inputs, ...this.captured].map((tensor) => backend.dataOf(tensor, options.name));
    for (const i of donating ? (options.donate ?? []) : []) {
      demand(
        data.indexOf(data[i]!) === data.lastIndexOf(data[i]!),
        `xla/${options.name}`,
        'a donated tensor that is used once',
        'one that is also another argument or captured by the function',
      );
      backend.moveTo(data[i]!, device);
    }
    return data.map((each) => backend.bufferOf(each, options.name, device));
  }

  private takeDonated(inputs: readonly Tensor[]): void {
    for (const i of this.options.donate ?? []) {
      this.backend.markDonated(inputs[i]!, this.options.name);
      if (!(inputs[i] instanceof tf.Variable)) inputs[i]!.dispose();
    }
  }

  private wrapped(results: readonly DeviceBuffer[]): Tensor[] {
    const { backend, options, outputs } = this;
    return results.map((buffer, i) =>
      tf.engine().makeTensorFromTensorInfo(backend.wrap(buffer, elementType(outputs[i]!.dtype as DeviceDType, options.name))),
    );
  }
}

/** Gives each donated input the first free output of its shape and dtype. */
function aliases(inputs: readonly Value[], outputs: readonly Value[], donate: ReadonlySet<number> = new Set()): Map<number, number> {
  const free = new Set(outputs.keys());
  const found = new Map<number, number>();
  for (const i of donate) {
    const input = inputs[i]!;
    const output = [...free].find((at) => outputs[at]!.dtype === input.dtype && sameShape(outputs[at]!.shape, input.shape));
    if (output === undefined) continue;
    found.set(i, output);
    free.delete(output);
  }
  return found;
}

/** The types of concrete tensors. */
export const inputTypes = (backend: XlaBackend, tensors: readonly Tensor[], user: string): InputType[] =>
  tensors.map((tensor) => {
    const data = backend.dataOf(tensor, user);
    return { shape: tensor.shape, dtype: elementType(tensor.dtype, user), storage: data.shape, levels: data.levels };
  });

export const typesKey = (types: readonly InputType[]): string =>
  types.map(({ shape, dtype, storage, levels }) => `${dtype}${levels?.key ?? ''}${storage.join()}>${shape.join()}`).join(';');
