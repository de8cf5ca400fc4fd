import { blockedConvolution, isBlocked } from './blocked-convolution.js';
import { Builder } from './builder.js';
import { canonicalConvolution, isCanonical } from './canonical-convolution.js';
import type { Graph, Node, Value } from './graph.js';
import { liveNodes } from './liveness.js';
import { convolution } from './ops/convolution.js';
import type { ConvolutionAttrs } from './ops/convolution.js';
import { mlirType } from './types.js';
import type { TensorType } from './types.js';

export interface ProgramOptions {
  /** Letters, digits, `_`; shows up in profiles and compiler messages. */
  readonly name?: string;
  /** Input index -> index of the output that may take over its memory. */
  readonly aliases?: ReadonlyMap<number, number>;
  /** Writes convolutions in the form that XLA computes fast on CPUs; see `canonicalConvolution`. Default false. */
  readonly canonicalConvolutions?: boolean;
}

/** A module with one public function `main`, in the generic MLIR form. Nodes that no output needs are left out. */
export function programText(
  graph: Graph,
  { name = 'program', aliases = new Map(), canonicalConvolutions = false }: ProgramOptions = {},
): string {
  const printer = new Printer(canonicalConvolutions);
  const parameters = graph.inputs.map((value, i) => {
    const alias = aliases.get(i);
    return `${printer.define(value, `%arg${i}`)}: ${mlirType(value)}${alias === undefined ? '' : ` {tf.aliasing_output = ${alias} : i32}`}`;
  });
  const body = printer.nodes(graph, '    ');
  const results = graph.outputs.map(mlirType).join(', ');
  const values = graph.outputs.length === 0 ? '' : ` ${graph.outputs.map((value) => printer.name(value)).join(', ')} : ${results}`;
  return `module @${name.replaceAll(/\W/g, '_')} {\n  func.func public @main(${parameters.join(', ')}) -> (${results}) {\n${body}    return${values}\n  }\n}\n`;
}

class Printer {
  private readonly names = new Map<Value, string>();
  private count = 0;

  constructor(private readonly canonicalConvolutions: boolean) {}

  define(value: Value, name: string): string {
    this.names.set(value, name);
    return name;
  }

  name(value: Value): string {
    const name = this.names.get(value);
    if (name === undefined) throw new Error(`a ${mlirType(value)} that no node computes`);
    return name;
  }

  nodes(graph: Graph, indent: string): string {
    return liveNodes(graph)
      .flatMap((node) => (this.canonicalConvolutions && node.op === convolution ? inCanonicalForm(node) : [node]))
      .map((node) => this.node(node, indent))
      .join('');
  }

  private node({ op, inputs, outputs, attrs, regions }: Node, indent: string): string {
    const bodies = regions.map((region) => this.region(region, indent));
    const attributes = op.text?.(attrs, inputs, outputs) ?? '';
    const operands = inputs.map((value) => this.name(value)).join(', ');
    const result = `%${this.count++}`;
    outputs.forEach((value, i) => this.define(value, outputs.length === 1 ? result : `${result}#${i}`));
    return (
      `${indent}${result}${outputs.length === 1 ? '' : `:${outputs.length}`} = "${op.dialect ?? 'stablehlo'}.${op.name}"(${operands})` +
      `${bodies.length === 0 ? '' : ` (${bodies.join(', ')})`}${attributes === '' ? '' : ` {${attributes}}`} : ${signature(inputs, outputs)}\n`
    );
  }

  private region(region: Graph, indent: string): string {
    const inner = `${indent}  `;
    const parameters = region.inputs.map((value) => `${this.define(value, `%r${this.count++}`)}: ${mlirType(value)}`);
    const body = this.nodes(region, inner);
    const results = region.outputs.map((value) => this.name(value)).join(', ');
    return `{\n${indent}^bb0(${parameters.join(', ')}):\n${body}${inner}"stablehlo.return"(${results}) : ${signature(region.outputs, [])}\n${indent}}`;
  }
}

const signature = (inputs: readonly TensorType[], outputs: readonly TensorType[]): string => {
  const results = outputs.map(mlirType).join(', ');
  return `(${inputs.map(mlirType).join(', ')}) -> ${outputs.length === 1 ? results : `(${results})`}`;
};

/** The nodes to write instead of a convolution; the last one gives its result. */
function inCanonicalForm(node: Node): readonly Node[] {
  const attrs = node.attrs as ConvolutionAttrs;
  const [images, kernels] = node.inputs as [Value, Value];
  const [output] = node.outputs as [Value];
  const isInBlocks = isBlocked(attrs, images, kernels, output);
  if (!isInBlocks && isCanonical(attrs, kernels)) return [node];
  // A region sees the values of the graph it belongs to.
  const scratch = output.graph.region();
  const b = new Builder(scratch);
  const result = isInBlocks ? blockedConvolution(b, images, kernels, attrs, output) : canonicalConvolution(b, images, kernels, attrs);
  const last = scratch.nodes.pop()!;
  return [...scratch.nodes, { ...last, outputs: last.outputs.map((value) => (value === result ? output : value)) }];
}
