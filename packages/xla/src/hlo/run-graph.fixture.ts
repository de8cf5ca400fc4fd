import { programText } from './text.js';
import type { ProgramOptions } from './text.js';
import type { Graph } from './graph.js';
import { elementTypes, sizeOf } from './types.js';
import type { DType, TensorType } from './types.js';
import type { Client } from '../pjrt/index.js';

export type Numbers = readonly number[];

const arrays = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
  float64: Float64Array,
  uint32: Uint32Array,
  uint8: Uint8Array,
} as const;

const arrayOf = (dtype: DType) => {
  if (!(dtype in arrays)) throw new Error(`no host array for ${dtype}`);
  return arrays[dtype as keyof typeof arrays];
};

/** Compiles a graph and runs it on host values; results as plain numbers. */
export function runGraph(client: Client, graph: Graph, inputs: readonly Numbers[], options: ProgramOptions = {}): number[][] {
  const executable = client.compile(programText(graph, options));
  const buffers = graph.inputs.map(({ shape, dtype }, i) => client.bufferFromHost(arrayOf(dtype).from(inputs[i]!), dtype, shape));
  const results = executable.execute(buffers);
  const values = results.map((buffer, i) => {
    const bytes = buffer.toHostSync();
    return Array.from(new (arrayOf(graph.outputs[i]!.dtype))(bytes.buffer));
  });
  for (const owned of [...buffers, ...results, executable]) owned.destroy();
  return values;
}

/** A small multiplicative generator: the same numbers on every run. */
export function numbers(seed: number): () => number {
  let state = (seed * 7919 + 1) % 2147483647;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** Entries of a type within [low, high). */
export function draw(type: TensorType, random: () => number, range?: readonly [number, number]): number[] {
  const { kind } = elementTypes[type.dtype];
  const [low, high] = range ?? (kind === 'float' ? [-2, 2] : [-4, 4]);
  return Array.from({ length: sizeOf(type.shape) }, () => {
    const x = low + random() * (high - low);
    return kind === 'bool' ? Number(random() < 0.5) : kind === 'float' ? Math.fround(x) : Math.floor(x);
  });
}
