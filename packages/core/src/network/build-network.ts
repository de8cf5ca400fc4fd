import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { activate, demand, interpolateTensor } from '@basinlab/tensor';
import { childKey, device } from '@basinlab/tensor/random';
import type { Key } from '@basinlab/tensor/random';
import type { ApplyContext, Architecture, Network, ParamSpec, SymmetryBreaking, Tensors, Variables } from '../contracts/index.js';
import { applyGate, drawGate } from './gates.js';
import { initialize, initializeState } from './initialize.js';
import { parseOptions } from './parse-options.js';

/** What a network is made of: an architecture and a symmetry breaking, each with its options. */
export interface NetworkDefinition<O, B> {
  architecture: Architecture<O>;
  /** Options of the architecture; fields with a default may be left out. */
  options: Partial<O>;
  breaking: SymmetryBreaking<B>;
  breakingOptions?: Partial<B>;
  /** Only start where the broken network would: the constants become part of the initial weights, and all of them are trained. */
  initialisationOnly?: boolean;
}

const ignore = (): void => undefined;

/**
 * Applies a symmetry breaking to an architecture. Every parameter's effective value is shift + scale * raw; constants are named
 * `<parameter>.scale`, `<parameter>.shift` and `<layer>.gate`. Random keys derive from those names, never from the order of construction.
 * Throws a usage error on options that do not fit the architecture.
 */
export function buildNetwork<O, B>({
  architecture,
  options,
  breaking,
  breakingOptions,
  initialisationOnly,
}: NetworkDefinition<O, B>): Network {
  const shape = parseOptions(architecture.id, architecture.options, options);
  const network = assemble(architecture, shape, breaking, parseOptions(breaking.id, breaking.options, breakingOptions ?? {}));
  if (initialisationOnly !== true) return network;
  demand(breaking.activation === undefined, breaking.id, 'initialisation only needs a breaking of the weights', 'one of the activation');
  const init: Network['init'] = (keys) => tf.tidy(() => ({ ...network.toStandard(network.init(keys)) }));
  return { ...network.standard, breaking: `${breaking.id}-initialisation`, init };
}

function assemble<O, B>(architecture: Architecture<O>, options: O, breaking: SymmetryBreaking<B>, breakingOptions: B): Network {
  const declared = architecture.params(options);
  const params = declared.map((spec): ParamSpec =>
    breaking.init === undefined ? spec : { ...spec, init: breaking.init(spec, breakingOptions) },
  );
  const state = architecture.state?.(options) ?? [];
  const momenta = new Map(state.flatMap(({ name, momentum }) => (momentum === undefined ? [] : [[name, momentum] as const])));
  const activation = architecture.activation(options);
  const activations = architecture.activations(options);
  const layers = new Map(activations.map((at) => [at.layer, at]));
  breaking.check?.({ architecture: architecture.id, params: declared, activations: activations.length }, breakingOptions);
  const gate = breaking.activation;
  const weights = params.filter((spec) => spec.role === 'weight').map((spec) => spec.name);

  const drawConstants = (key: Key): Tensors => {
    const constants: Tensors = {};
    for (const spec of params) {
      const position = { layer: weights.indexOf(spec.name), layers: weights.length, weights };
      const drawn = breaking.constants(spec, breakingOptions, childKey(key, spec.name), position);
      if (drawn?.scale !== undefined) constants[`${spec.name}.scale`] = drawn.scale;
      if (drawn?.shift !== undefined) constants[`${spec.name}.shift`] = drawn.shift;
    }
    if (gate !== undefined) {
      for (const at of activations) constants[`${at.layer}.gate`] = drawGate(gate, at, breakingOptions, childKey(key, `${at.layer}.gate`));
    }
    return constants;
  };

  const run = (values: Tensors, { constants, state: before }: Variables, x: Tensor, settings: Parameters<Network['apply']>[2] = {}) => {
    const training = settings.training ?? false;
    const after = { ...before };
    const penalties: Tensor[] = [];
    const context: ApplyContext = {
      training,
      state: before,
      observe: (name, statistic) => {
        const share = momenta.get(name);
        demand(share !== undefined, architecture.id, `a momentum of the state entry ${name}, which is observed`, 'none');
        if (training) after[name] = settings.statistics === 'batch' ? statistic : interpolateTensor(before[name]!, statistic, share);
      },
      penalise: (penalty) => void (training && penalties.push(penalty)),
      activate: (layer, z) =>
        gate === undefined ? activate(activation, z) : applyGate(gate, layers.get(layer)!, z, constants[`${layer}.gate`]!),
      dropout: (place, z) => (training && settings.dropout !== undefined ? dropEntries(settings.dropout, place, z) : z),
      tap: settings.tap ?? ignore,
      ...(settings.graph !== undefined && { graph: settings.graph }),
    };
    const logits = architecture.apply(options, values, x, context);
    return { logits, state: after, ...(penalties.length > 0 && { penalty: tf.addN(penalties) }) };
  };

  const standard: Network = {
    architecture: architecture.id,
    breaking: gate === undefined ? 'standard' : breaking.id,
    input: architecture.input ?? 'samples',
    dropout: architecture.dropout ?? false,
    params: declared,
    state,
    activations,
    init: ({ initKey, constantsKey }, given) =>
      tf.tidy(() => {
        const constants = given?.constants ?? gatesOf(drawConstants(constantsKey));
        return { params: drawParams(declared, {}, initKey), constants, state: drawState(state, constants) };
      }),
    effective: (variables) => variables.params,
    apply: (variables, x, settings) => run(variables.params, variables, x, settings),
    get standard() {
      return standard;
    },
    toStandard: (variables) => variables,
  };

  return {
    architecture: architecture.id,
    breaking: breaking.id,
    input: architecture.input ?? 'samples',
    dropout: architecture.dropout ?? false,
    params,
    state,
    activations,
    init: ({ initKey, constantsKey }, given) =>
      tf.tidy(() => {
        const constants = given?.constants ?? drawConstants(constantsKey);
        return { params: drawParams(params, constants, initKey), constants, state: drawState(state, constants) };
      }),
    effective,
    apply: (variables, x, settings) => run(effective(variables), variables, x, settings),
    standard,
    toStandard: (variables) => ({
      params: effective(variables),
      constants: gatesOf(variables.constants),
      state: variables.state,
    }),
  };
}

/** Every entry is 0 with the rate's probability, and otherwise divided by that of the others, so that its mean stays. Srivastava et al. 2014. */
function dropEntries({ rate, key }: { readonly rate: number; readonly key: Tensor }, place: string, x: Tensor): Tensor {
  const isKept = device.bernoulli(device.childKey(key, place), x.shape, 1 - rate);
  return tf.where(isKept, tf.div(x, 1 - rate), tf.zerosLike(x));
}

/** Effective value of every parameter: shift + scale * raw. */
function effective({ params, constants }: Pick<Variables, 'params' | 'constants'>): Tensors {
  return Object.fromEntries(
    Object.entries(params).map(([name, raw]) => {
      const scale = constants[`${name}.scale`];
      const shift = constants[`${name}.shift`];
      const scaled = scale === undefined ? raw : tf.mul(scale, raw);
      return [name, shift === undefined ? scaled : tf.add(shift, scaled)];
    }),
  );
}

/** The constants that effective weights do not absorb: those of the activations. */
function gatesOf(constants: Tensors): Tensors {
  return Object.fromEntries(Object.entries(constants).filter(([name]) => name.endsWith('.gate')));
}

function drawParams(specs: readonly ParamSpec[], constants: Tensors, key: Key): Tensors {
  return Object.fromEntries(
    specs.map((spec) => {
      const drawn = initialize(spec.init, spec.shape, childKey(key, spec.name));
      const scale = constants[`${spec.name}.scale`];
      const shift = constants[`${spec.name}.shift`];
      // Entries that training cannot reach start at their fixed value, as in the reference; they have no effect.
      const raw = scale === undefined ? drawn : tf.where(tf.equal(scale, 0), shift ?? tf.zerosLike(drawn), drawn);
      return [spec.name, raw];
    }),
  );
}

function drawState(specs: Network['state'], constants: Tensors): Tensors {
  return Object.fromEntries(specs.map((spec) => [spec.name, initializeState(spec, constants)]));
}
