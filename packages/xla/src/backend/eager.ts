import type { NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { Builder, Graph, fromLevels, levelsOf, programText } from '../hlo/index.js';
import type { Value } from '../hlo/index.js';
import type { Lowering } from '../kernels/index.js';
import type { XlaBackend } from './backend.js';
import { attributesKey } from './key.js';
import { lower } from './lower.js';
import { LeastRecentlyUsed } from './lru.js';
import { elementType } from './tensor-data.js';
import type { DeviceDType, TensorData } from './tensor-data.js';

/** Where a kernel's result comes from: an output of its program, or an input whose data it shares (identity, reshape). */
type Source =
  { readonly kind: 'output'; readonly index: number; readonly dtype: DeviceDType } | { readonly kind: 'input'; readonly index: number };

interface KernelProgram {
  /** Null where every result shares an input's data. */
  readonly text: string | null;
  readonly results: readonly { readonly source: Source; readonly shape: readonly number[]; readonly dtype: DeviceDType }[];
  readonly single: boolean;
}

/** Kernels outside any traced function: each is a small program, compiled once per attributes, shapes and dtypes. */
export class EagerKernels {
  private readonly programs = new LeastRecentlyUsed<KernelProgram>(4096);

  constructor(private readonly backend: XlaBackend) {}

  run(kernel: string, lowering: Lowering, inputs: NamedTensorInfoMap, attrs: Readonly<Record<string, unknown>>): TensorInfo | TensorInfo[] {
    const { backend } = this;
    const tensors = Object.values(inputs).filter((tensor) => tensor !== undefined && tensor !== null);
    const data = tensors.map((tensor) => backend.dataOf(tensor, kernel));
    const program = this.programs.get(this.key(kernel, inputs, tensors, data, attrs), () =>
      this.build(kernel, lowering, inputs, data, attrs),
    );
    const buffers =
      program.text === null
        ? []
        : backend.runtime.execute(
            program.text,
            data.map((each) => backend.bufferOf(each, kernel)),
          );
    const results = program.results.map(({ source, shape, dtype }): TensorInfo => {
      if (source.kind === 'output') return backend.wrap(buffers[source.index]!, dtype);
      const { dataId } = tensors[source.index]!;
      backend.incRef(dataId);
      return { dataId, shape: [...shape], dtype };
    });
    return program.single ? results[0]! : results;
  }

  private key(
    kernel: string,
    inputs: NamedTensorInfoMap,
    tensors: readonly TensorInfo[],
    data: readonly TensorData[],
    attrs: Readonly<Record<string, unknown>>,
  ): string {
    const types = data.map((each, i) => `${each.dtype}${each.levels?.key ?? ''}${each.shape.join()}>${tensors[i]!.shape.join()}`);
    const names = Object.entries(inputs).map(([name, tensor]) => (tensor ? name : ''));
    return `${kernel}|${this.backend.runtime.precision}|${names.join()}|${types.join(';')}|${attributesKey(attrs)}`;
  }

  private build(
    kernel: string,
    lowering: Lowering,
    inputs: NamedTensorInfoMap,
    data: readonly TensorData[],
    attrs: Readonly<Record<string, unknown>>,
  ): KernelProgram {
    const graph = new Graph();
    const b = new Builder(graph, this.backend.runtime.precision);
    const contents = data.map(({ dtype, shape, levels }) => {
      const input = graph.input({ shape, dtype: levels === null ? elementType(dtype, kernel) : 'uint8' });
      return levels === null ? input : fromLevels(b, input, levels);
    });
    let next = 0;
    const { values, single } = lower(b, lowering, inputs, attrs, (tensor) => b.reshape(contents[next++]!, tensor.shape));
    const computed: Value[] = [];
    const results = values.map((value) => {
      const shared = graph.inputs.indexOf(reshapeSource(graph, levelsOf(value) ?? value));
      const dtype = elementType(value.dtype as DeviceDType, kernel);
      const source: Source = shared >= 0 ? { kind: 'input', index: shared } : { kind: 'output', index: computed.push(value) - 1, dtype };
      return { source, shape: value.shape, dtype };
    });
    graph.outputs = computed;
    const options = { name: kernel, canonicalConvolutions: this.backend.runtime.client.platform === 'cpu' };
    return { text: computed.length === 0 ? null : programText(graph, options), results, single };
  }
}

/** Follows a value back through reshapes. */
function reshapeSource(graph: Graph, value: Value): Value {
  const node = graph.nodes.find(({ outputs }) => outputs[0] === value);
  return node?.op.name === 'reshape' ? reshapeSource(graph, node.inputs[0]!) : value;
}
