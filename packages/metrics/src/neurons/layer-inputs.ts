import * as tf from '@tensorflow/tfjs-core';
import { BasinlabError, compiled, jit } from '@basinlab/tensor';
import type { ApplyOptions, Network, ParamSpec, Tensors, Variables } from '@basinlab/tensor';
import { convolutionPatches } from '../input-subspace/patches.js';
import { emptyInputMoments, inputMoments, mergeInputMoments, type InputMoments } from '../input-subspace/input-moments.js';

export interface LayerInputsOptions {
  /** Layers to record, by the name they tap under; default: every one with one weight that its inputs fit. */
  readonly layers?: readonly string[];
  /** Rows per forward pass. Default 1000. */
  readonly batch?: number;
  readonly graph?: ApplyOptions['graph'];
}

/** A layer whose neurons can be measured. */
export interface MeasuredLayer {
  readonly layer: string;
  /** Name of its weight, [units, inputs] or [units, channels, kernel, kernel]. */
  readonly weight: string;
}

export interface LayerInputs extends MeasuredLayer {
  readonly moments: InputMoments;
}

export interface LayerInputsRecorder {
  /** Moments of the inputs of every layer, in the order of the forward pass. */
  record(variables: Variables, inputs: tf.Tensor): Promise<LayerInputs[]>;
  /** Releases the compiled program. */
  dispose(): void;
}

/** Numbers in the patches that are made at once. */
const PATCH_NUMBERS = 2 ** 24;

/** Gathers the moments of layers' inputs, batch by batch. */
export interface LayerInputMoments {
  /**
   * Adds the inputs of a layer, [rows, inputs] or [rows, height, width, channels]; passes over layers whose neurons cannot be measured or that were
   * not asked for. `output`, the shape of what the layer makes of them, tells a convolution's stride.
   */
  add(layer: string, inputs: tf.Tensor, output: readonly number[] | undefined): Promise<void>;
  /** In the order of the forward pass. @throws BasinlabError where a layer that was asked for has not come */
  result(): LayerInputs[];
}

/** Starts without inputs; see {@link LayerInputMoments}. */
export function layerInputMoments(network: Network, layers?: readonly string[]): LayerInputMoments {
  const found = new Map<string, LayerInputs>();
  return {
    async add(layer, inputs, output) {
      const spec = layers?.includes(layer) === false ? undefined : weightOf(network, layer, inputs);
      if (spec === undefined) return;
      const added = await momentsAt({ kernel: spec.shape[2] ?? 1, stride: strideOf(layer, inputs.shape, output) }, inputs);
      const before = found.get(layer)?.moments;
      found.set(layer, { layer, weight: spec.name, moments: before === undefined ? added : mergeInputMoments(before, added) });
    },
    result() {
      const missing = layers?.find((layer) => !found.has(layer));
      if (missing !== undefined) {
        const remedy = 'A layer taps its input and has one weight [units, inputs] or [units, channels, kernel, kernel] below its name.';
        throw new BasinlabError('layerInputs', 'layers whose neurons can be measured', missing, { remedy });
      }
      // Compiled programs give their results by name.
      const order = network.params.map(({ name }) => name);
      return [...found.values()].sort((a, b) => order.indexOf(a.weight) - order.indexOf(b.weight));
    },
  };
}

/**
 * Compiles a network's forward pass in evaluation mode up to the inputs of each layer, of which moments are taken as its weight sees them: rows of a
 * linear layer, patches of a convolution.
 */
export function createLayerInputsRecorder(network: Network, { layers, batch = 1000, graph }: LayerInputsOptions = {}): LayerInputsRecorder {
  const outputs: Record<string, readonly number[]> = {};
  const program = jit(
    (variables: Variables, x: tf.Tensor): Tensors => {
      const taken: Tensors = {};
      network.apply(variables, x, {
        ...(graph !== undefined && { graph }),
        tap: ({ layer, site }, value) => {
          if (site === 'post-linear') outputs[layer] = value.shape;
          if (site === 'input' && layers?.includes(layer) !== false && weightOf(network, layer, value) !== undefined) taken[layer] = value;
        },
      });
      return taken;
    },
    { name: 'layer-inputs' },
  );
  return {
    async record(variables, inputs) {
      const moments = layerInputMoments(network, layers);
      const rows = inputs.shape[0]!;
      for (let from = 0; from < rows; from += batch) {
        const x = tf.slice(inputs, from, Math.min(batch, rows - from));
        const taken = program(variables, x);
        x.dispose();
        for (const [layer, value] of Object.entries(taken)) {
          await moments.add(layer, value, outputs[layer]);
          value.dispose();
        }
      }
      return moments.result();
    },
    dispose: () => program.dispose(),
  };
}

/** The one weight below a layer's name that multiplies inputs of this shape. */
function weightOf(network: Network, layer: string, { shape, rank }: tf.Tensor): ParamSpec | undefined {
  const width = shape.at(-1);
  const fits = network.params.filter(
    (spec) =>
      spec.role === 'weight' &&
      spec.name.startsWith(`${layer}.`) &&
      spec.shape[1] === width &&
      (spec.shape.length === 2 || (spec.shape.length === 4 && rank === 4 && spec.shape[2] === spec.shape[3] && spec.shape[2]! % 2 === 1)),
  );
  return fits.length === 1 ? fits[0] : undefined;
}

/** The least stride that makes the output's height and width of the input's; 1 for a linear layer. */
function strideOf(layer: string, input: readonly number[], output: readonly number[] | undefined): number {
  if (input.length !== 4) return 1;
  if (output?.length !== 4) throw new BasinlabError('layerInputs', `the output of the convolution ${layer}`, output ?? 'none');
  const [height, width] = [input[1]!, input[2]!];
  for (let stride = 1; stride <= Math.max(height, width); stride++) {
    if (Math.ceil(height / stride) === output[1] && Math.ceil(width / stride) === output[2]) return stride;
  }
  throw new BasinlabError('layerInputs', 'a convolution padded by (kernel - 1) / 2', { input, output });
}

async function momentsAt({ kernel, stride }: { kernel: number; stride: number }, x: tf.Tensor): Promise<InputMoments> {
  if (x.rank !== 4) return inputMoments(x);
  const [batch = 0, height = 1, width = 1, channels = 1] = x.shape;
  const units = channels * kernel ** 2;
  const images = Math.max(1, Math.floor((PATCH_NUMBERS / (height * width * units)) * stride ** 2));
  let moments = emptyInputMoments(units);
  for (let from = 0; from < batch; from += images) {
    const piece = tf.slice(x, from, Math.min(images, batch - from));
    const patches = compiled(patchesOf, { name: 'patches', staticArguments: [1, 2] })(piece, kernel, stride);
    moments = mergeInputMoments(moments, await inputMoments(patches));
    tf.dispose([piece, patches]);
  }
  return moments;
}

/** Op by op, the many slices of patches take longer to compile than to run. */
const patchesOf = (x: tf.Tensor, kernel: number, stride: number): tf.Tensor => convolutionPatches(x, { kernel, stride });
