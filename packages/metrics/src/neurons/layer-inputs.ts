import * as tf from '@tensorflow/tfjs-core';
import type { ApplyOptions, Network, ParamSpec, Tensors, Variables } from '@basinlab/core';
import { BasinlabError, jit, type Jitted } from '@basinlab/core';
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

interface Place extends MeasuredLayer {
  readonly kernel: number;
  stride: number;
}

/** Numbers in the patches that are made at once. */
const PATCH_NUMBERS = 2 ** 24;

/**
 * Compiles a network's forward pass in evaluation mode up to the moments of each layer's inputs, as its weight sees them: rows of a linear layer,
 * patches of a convolution. A convolution's stride is read off the sizes of its input and output.
 */
export function createLayerInputsRecorder(network: Network, { layers, batch = 1000, graph }: LayerInputsOptions = {}): LayerInputsRecorder {
  const places = new Map<string, Place>();
  const program = jit(
    (variables: Variables, x: tf.Tensor): Tensors => {
      const taken: Tensors = {};
      network.apply(variables, x, {
        ...(graph !== undefined && { graph }),
        tap: ({ layer, site }, value) => {
          const known = places.get(layer);
          if (site === 'post-linear' && known !== undefined && taken[layer] !== undefined) known.stride = strideOf(taken[layer], value);
          if (site !== 'input' || layers?.includes(layer) === false) return;
          const spec = weightOf(network, layer, value);
          if (spec === undefined) return;
          places.set(layer, { layer, weight: spec.name, kernel: spec.shape[2] ?? 1, stride: 1 });
          taken[layer] = value;
        },
      });
      return taken;
    },
    { name: 'layer-inputs' },
  );
  return {
    async record(variables, inputs) {
      const moments: Record<string, InputMoments> = {};
      const rows = inputs.shape[0]!;
      for (let from = 0; from < rows; from += batch) {
        const x = tf.slice(inputs, from, Math.min(batch, rows - from));
        const taken = program(variables, x);
        x.dispose();
        for (const [layer, value] of Object.entries(taken)) {
          const added = await momentsAt(places.get(layer)!, value);
          moments[layer] = moments[layer] === undefined ? added : mergeInputMoments(moments[layer], added);
          value.dispose();
        }
      }
      const missing = layers?.find((layer) => moments[layer] === undefined);
      if (missing !== undefined) {
        const remedy = 'A layer taps its input and has one weight [units, inputs] or [units, channels, kernel, kernel] below its name.';
        throw new BasinlabError('layer-inputs', 'layers whose neurons can be measured', missing, { remedy });
      }
      return [...places.values()].map(({ layer, weight }) => ({ layer, weight, moments: moments[layer]! }));
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

/** The least stride that makes the output's height and width of the input's. */
function strideOf(input: tf.Tensor, output: tf.Tensor): number {
  if (input.rank !== 4 || output.rank !== 4) return 1;
  const [height, width] = [input.shape[1]!, input.shape[2]!];
  for (let stride = 1; stride <= Math.max(height, width); stride++) {
    if (Math.ceil(height / stride) === output.shape[1] && Math.ceil(width / stride) === output.shape[2]) return stride;
  }
  throw new BasinlabError('layer-inputs', 'a convolution padded by (kernel - 1) / 2', { input: input.shape, output: output.shape });
}

async function momentsAt({ kernel, stride }: Place, x: tf.Tensor): Promise<InputMoments> {
  if (x.rank !== 4) return inputMoments(x);
  const [batch = 0, height = 1, width = 1, channels = 1] = x.shape;
  const units = channels * kernel ** 2;
  const images = Math.max(1, Math.floor((PATCH_NUMBERS / (height * width * units)) * stride ** 2));
  let moments = emptyInputMoments(units);
  for (let from = 0; from < batch; from += images) {
    const piece = tf.slice(x, from, Math.min(images, batch - from));
    const patches = patchesProgram(kernel, stride)(piece);
    moments = mergeInputMoments(moments, await inputMoments(patches));
    tf.dispose([piece, patches]);
  }
  return moments;
}

/** One per backend, kernel and stride, compiled once for each size: op by op, the many slices of patches take longer to compile than to run. */
const programs = new Map<string, Jitted<(x: tf.Tensor) => tf.Tensor>>();
function patchesProgram(kernel: number, stride: number): Jitted<(x: tf.Tensor) => tf.Tensor> {
  const key = `${tf.getBackend()} ${kernel} ${stride}`;
  const known = programs.get(key) ?? jit((x: tf.Tensor) => convolutionPatches(x, { kernel, stride }) as tf.Tensor, { name: 'patches' });
  programs.set(key, known);
  return known;
}
