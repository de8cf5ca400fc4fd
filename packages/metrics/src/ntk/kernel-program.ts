import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import { demand, gradientsAtOps, readOps, scan, vmap, type Graph, type Network, type Tensors, type Variables } from '@basinlab/tensor';
import {
  bySample,
  denseLinear,
  elementwiseGradients,
  listedLinear,
  pairsOf,
  positionGradients,
  scaledGradients,
  scaledLinear,
  tapsOf,
  type Pairs,
} from './contributions.js';
import type { MaskLists } from './mask-lists.js';
import { parameterUses, unchanged, type ParameterUse } from './parameter-uses.js';

/** Entries of per-sample gradients that exist at one time for one weight that is applied at several positions: 64 MiB. */
const GRADIENT_ENTRIES = 2 ** 24;

export interface KernelArguments {
  /** With effective parameters; see `Network.toStandard`. */
  readonly model: Variables;
  /** d effective / d raw parameter, where it is not 1. */
  readonly scales: Tensors;
  readonly lists: MaskLists;
  /** [samples, ...] */
  readonly inputs: Tensor;
}

/**
 * The kernel of all pairs of `inputs`, or of the first `split` inputs with the others, as one function of tensors to be compiled. Parameters are
 * treated by how the network uses them: weights that are applied once per sample through the factors of their gradients, for all logits
 * together; weights and norms that are applied at several positions through gradients per sample, one logit and one filter tap at a time; any other
 * parameter through its gradient per sample, one logit at a time.
 */
export function kernelOf(
  network: Network,
  graph: Graph | undefined,
  { model, scales, lists, inputs }: KernelArguments,
  split: number,
): Tensor {
  const samples = inputs.shape[0]!;
  const pairs = pairsOf(split);
  const logitsOf = (x: Tensor): Tensor => network.standard.apply(model, x, graph === undefined ? {} : { graph }).logits;
  const forward = (): Tensor => logitsOf(inputs);
  const { uses, values, classes } = usesIn(network, forward, model.params, samples);
  const basis = tf.eye(classes);
  const signalsOf = (chosen: readonly ParameterUse[], logit: Tensor): Tensor[] => {
    const names = new Set(chosen.map(({ name }) => name));
    return gradientsAtOps(
      forward,
      (ops) =>
        parameterUses(ops, model.params, samples).flatMap((use) => (names.has(use.name) && use.kind !== 'other' ? [use.output] : [])),
      tf.tile(tf.reshape(logit, [1, classes]), [samples, 1]),
    );
  };
  const once = uses.filter((use) => isOnce(use, samples));
  const spread = uses.filter((use) => use.kind !== 'other' && !once.includes(use));
  const others = uses.filter(({ kind }) => kind === 'other').map(({ name }) => name);

  const parts: Tensor[] = [];
  if (once.length > 0) {
    const signals = vmap((logit: Tensor) => signalsOf(once, logit))(basis);
    parts.push(...onceContributions(once, values, signals, { scales, lists, samples, pairs }));
  }
  const perLogit = (contribution: (logit: Tensor) => Tensor[]): void => {
    const [total] = scan(
      (sum: Tensor, logit: Tensor): [Tensor, Record<string, never>] => [tf.addN([sum, ...contribution(logit)]), {}],
      tf.zerosLike(pairs(tf.zeros([samples, 1]))),
      basis,
    );
    parts.push(total);
  };
  if (spread.length > 0) {
    perLogit((logit) => {
      const signals = signalsOf(spread, logit);
      return spread.flatMap((use, i) =>
        spreadContributions(use, { value: values[use.name]!, signals: signals[i]!, scale: scales[use.name], samples, pairs }),
      );
    });
  }
  if (others.length > 0) {
    perLogit((logit) => {
      const gradients = sampleGradients(logitsOf, model.params, others, inputs, logit);
      return others.map((name, i) => scaledGradients(gradients[i]!, scales[name] ?? null, pairs));
    });
  }
  return parts.length === 0 ? tf.zerosLike(pairs(tf.zeros([samples, 1]))) : tf.addN(parts);
}

/** Uses of all parameters, and for each the inputs of its layer or the factor it is multiplied with (a scalar 0 where there is none). */
function usesIn(
  network: Network,
  forward: () => Tensor,
  params: Tensors,
  samples: number,
): { uses: ParameterUse[]; values: Tensors; classes: number } {
  let [uses, classes]: [ParameterUse[], number] = [[], 0];
  const run = (): Tensor => {
    const logits = forward();
    demand(logits.rank === 2 && logits.shape[0] === samples, 'ntk', `logits [${samples}, outputs]`, logits.shape);
    classes = logits.shape[1]!;
    return logits;
  };
  const values = readOps(run, (ops): Tensors => {
    const found = parameterUses(ops, params, samples);
    // The layers of a graph network act on all nodes at once: samples are not on the first axis of anything.
    uses = network.input === 'nodes' ? found.map(({ name }) => ({ kind: 'other', name })) : found;
    return Object.fromEntries(uses.map((use) => [use.name, valueOf(use) ?? tf.scalar(0)]));
  });
  return { uses, values, classes };
}

function valueOf(use: ParameterUse): Tensor | null {
  switch (use.kind) {
    case 'linear':
    case 'convolution':
      return use.inputs;
    case 'elementwise':
      return use.factor;
    case 'other':
      return null;
    default:
      return use satisfies never;
  }
}

/** Whether the parameter acts once per sample, so that its signals are small enough to hold for all logits. */
function isOnce(use: ParameterUse, samples: number): boolean {
  return (use.kind === 'linear' || use.kind === 'elementwise') && use.output.rank === 2 && use.output.shape[0] === samples;
}

interface Setting {
  readonly scales: Tensors;
  readonly lists: MaskLists;
  readonly samples: number;
  readonly pairs: Pairs;
}

/** `signals` [logits, samples, units] for each use. */
function onceContributions(
  uses: readonly ParameterUse[],
  values: Tensors,
  signals: readonly Tensor[],
  { scales, lists, samples, pairs }: Setting,
): Tensor[] {
  const products = new Map(uses.map(({ name }, i) => [name, (): Tensor => pairs(bySample(signals[i]!))]));
  const made = new Map<string, Tensor>();
  const signalProducts = (name: string): Tensor => {
    const product = made.get(name) ?? products.get(name)!();
    made.set(name, product);
    return product;
  };
  return uses.flatMap((use, i): Tensor[] => {
    const [scale, value] = [scales[use.name], values[use.name]!];
    if (use.kind === 'linear') {
      if (scale === undefined) return [denseLinear(value, signalProducts(use.name), pairs)];
      const list = use.view === unchanged && use.outFirst ? lists[use.name] : undefined;
      if (list === undefined)
        return [scaledLinear(value, signals[i]!, use.outFirst ? use.view(scale) : tf.transpose(use.view(scale)), pairs)];
      if ('ones' in list) return [listedLinear(value, signals[i]!, list.ones, pairs)];
      return [denseLinear(value, signalProducts(use.name), pairs), tf.neg(listedLinear(value, signals[i]!, list.zeros, pairs))];
    }
    if (use.kind !== 'elementwise') return [];
    // A bias gets the signals of the weight before it.
    if (use.after !== null && scale === undefined && products.has(use.after)) return [signalProducts(use.after)];
    const gradients = vmap((signal: Tensor) => elementwiseGradients(use.shape, use.factor === null ? null : value, signal, samples))(
      signals[i]!,
    );
    const shape = use.shape.slice(1);
    const scaled = scale === undefined ? gradients : tf.mul(gradients, tf.reshape(use.view(scale), [1, 1, ...shape]));
    return [pairs(bySample(scaled))];
  });
}

interface Spread {
  readonly value: Tensor;
  readonly signals: Tensor;
  readonly scale: Tensor | undefined;
  readonly samples: number;
  readonly pairs: Pairs;
}

/** One logit's part of a parameter that acts at several positions; `signals` [samples, ...positions, units], or positions along the first axis. */
function spreadContributions(use: ParameterUse, { value, signals, scale, samples, pairs }: Spread): Tensor[] {
  switch (use.kind) {
    case 'linear': {
      const [input, output] = [value.shape.at(-1)!, signals.shape.at(-1)!];
      const [h, d] = [tf.reshape(value, [samples, -1, input]) as Tensor3D, tf.reshape(signals, [samples, -1, output])];
      const viewed = scale === undefined ? null : use.outFirst ? tf.transpose(use.view(scale)) : use.view(scale);
      const step = Math.max(1, Math.floor(GRADIENT_ENTRIES / (samples * output)));
      return Array.from({ length: Math.ceil(input / step) }, (_, chunk) => {
        const [from, size] = [chunk * step, Math.min(step, input - chunk * step)];
        const gradients = positionGradients(tf.slice(h, [0, 0, from], [-1, -1, size]), d);
        return scaledGradients(gradients, viewed === null ? null : tf.slice(viewed, [from, 0], [size, -1]), pairs);
      });
    }
    case 'convolution': {
      const output = signals.shape.at(-1)!;
      const d = tf.reshape(signals, [samples, -1, output]);
      const viewed = scale === undefined ? null : use.view(scale);
      return [...tapsOf(value, use.filter, use.attributes)].map(({ row, column, inputs }) => {
        const taken = viewed === null ? null : tf.reshape(tf.slice(viewed, [row, column, 0, 0], [1, 1, -1, -1]), use.filter.slice(2));
        return scaledGradients(positionGradients(inputs, d), taken, pairs);
      });
    }
    case 'elementwise': {
      const gradients = elementwiseGradients(use.shape, use.factor === null ? null : value, signals, samples);
      const shape = use.shape.slice(1);
      return [scaledGradients(gradients, scale === undefined ? null : tf.reshape(use.view(scale), shape), pairs)];
    }
    case 'other':
      return [];
    default:
      return use satisfies never;
  }
}

/** Gradients of one logit of every sample with respect to the named parameters, each [samples, ...shape]. */
function sampleGradients(
  logitsOf: (x: Tensor) => Tensor,
  params: Tensors,
  names: readonly string[],
  inputs: Tensor,
  logit: Tensor,
): Tensor[] {
  const chosen = names.map((name) => params[name]!);
  const one = (x: Tensor): Tensor[] => {
    const value = (): Tensor => tf.sum(tf.mul(logitsOf(tf.expandDims(x, 0)), tf.reshape(logit, [1, -1])));
    // A logit need not depend on every parameter.
    const { grads } = tf.engine().gradients(value, chosen, undefined, true);
    return chosen.map(({ shape }, i) => (grads[i] as Tensor | undefined) ?? tf.zeros(shape));
  };
  return vmap(one)(inputs);
}
