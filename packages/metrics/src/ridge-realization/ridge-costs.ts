import type { Tensor } from '@tensorflow/tfjs-core';
import { BasinlabError, demand, type Activation } from '@basinlab/tensor';
import { inputMoments, type InputMoments } from '../input-subspace/input-moments.js';
import type { NeuronLayer } from '../neurons/neuron-layer.js';
import { closedForm } from './closed-form.js';
import { dataTerm } from './data-term.js';
import { adamDescent, quasiNewtonDescent, type DescentEnd } from './descents.js';
import { effectiveWeights, ridgeProblem, rowLengths, type NeuronPair, type RidgeProblem } from './problem.js';

/** Weight of the penalty, activation and method. */
export interface RidgeOptions {
  /** What an error weighs: mean((f_target - f)^2) / beta + |trained weights|^2. Small beta: imitate exactly whatever it costs. Above 0. */
  readonly beta: number;
  /** Between neurons' outputs; default identity, the pre-activation. */
  readonly activation?: Activation;
  /** f(x) = activation(gain * (w . x + bias)). Default 1; the reference has a fresh BatchNorm there, `REFERENCE_GAIN`. */
  readonly gain?: number;
  /**
   * `closed-form` (default for the identity, which alone it serves): the exact minimum from second moments. `quasi-newton` (default otherwise): L-BFGS to a gradient
   * of `tolerance`, from the slot's own weights and from those that fit the pre-activations, of which the lower end counts. `adam`: the reference's `iterations` steps of Adam at 5e-3, whatever they reach.
   */
  readonly method?: 'closed-form' | 'quasi-newton' | 'adam';
  /** At most, of L-BFGS (default 1000); exactly, of Adam (default 3000). */
  readonly iterations?: number;
  /** Of the largest entry of the gradient, relative to 1 + objective. Default 1e-5 (1e-7 is out of reach of float32). */
  readonly tolerance?: number;
  /** Of `quasi-newton` and `adam`. `auto`: float64 on the host for small problems, else float32 on the device. */
  readonly precision?: 'auto' | 'float32' | 'float64';
}

/** What it costs a slot to imitate a neuron, per pair, all at least 0. */
export interface RidgeCosts {
  readonly pairs: readonly NeuronPair[];
  /** dataTerms + penalties. */
  readonly objectives: Float64Array;
  /** mean((f_target - f)^2) / beta. */
  readonly dataTerms: Float64Array;
  /** Sum of squared trained weights that have an effect: the realization cost. */
  readonly penalties: Float64Array;
  /** Length of the raw weight row of the imitated neuron as trained; entries without effect included, as the reference does. */
  readonly imitatedLengths: Float64Array;
  /** The same of the slot, fitted. */
  readonly slotLengths: Float64Array;
  /** Exact or to the tolerance; false after Adam, which does not tell. */
  readonly converged: readonly boolean[];
}

/** 1 / sqrt(1 + 1e-5): an untrained BatchNorm in evaluation mode, as the reference puts between a neuron and its activation. */
export const REFERENCE_GAIN = 1 / Math.sqrt(1 + 1e-5);

/**
 * Realization costs by ridge regression on data (arXiv 2606.04754): for each pair the slot's trained weights and bias are fitted so that its output
 * over the layer's inputs is that of the imitated neuron, at a penalty on the weights but not on the bias. `inputs` [rows, inputs], or
 * their moments where the activation is the identity. With a non-linear activation the problem is not convex: the result is the lower
 * of two local minima.
 * @throws BasinlabError for a beta that is not positive, a method that does not fit, unknown units, sizes that differ
 */
export async function ridgeCosts(
  layer: NeuronLayer,
  inputs: Tensor | InputMoments,
  pairs: readonly NeuronPair[],
  options: RidgeOptions,
): Promise<RidgeCosts> {
  const { beta, gain = 1, activation = 'identity' } = options;
  demand(beta > 0, 'ridge-realization', 'a beta above 0', beta);
  const problem = ridgeProblem(layer, pairs);
  const end = await fit(problem, inputs, { ...options, gain, activation });
  const fitted = end.trained.map((value, at) => (problem.scale[at] === 0 ? problem.start[at]! : value));
  const raw = layer.trained ?? layer.effective;
  const lengths = rowLengths(raw, layer.units, layer.inputs);
  return {
    pairs,
    objectives: end.dataTerms.map((value, row) => value + end.penalties[row]!),
    dataTerms: end.dataTerms,
    penalties: end.penalties,
    imitatedLengths: Float64Array.from(pairs, ({ imitated }) => lengths[imitated]!),
    slotLengths: rowLengths(fitted, pairs.length, layer.inputs),
    converged: end.converged,
  };
}

async function fit(
  problem: RidgeProblem,
  inputs: Tensor | InputMoments,
  {
    beta,
    gain,
    activation,
    method = activation === 'identity' ? 'closed-form' : 'quasi-newton',
    ...options
  }: RidgeOptions & {
    gain: number;
    activation: Activation;
  },
): Promise<DescentEnd> {
  const isTensor = !('scatter' in inputs);
  if (method === 'closed-form') {
    demand(activation === 'identity', 'ridge-realization', 'the activation identity for a closed form', activation);
    return closedForm(problem, isTensor ? await inputMoments(inputs) : inputs, { beta, gain });
  }
  if (!isTensor) throw new BasinlabError('ridge-realization', `inputs [rows, ${problem.inputs}] for the method ${method}`, 'moments');
  demand(inputs.size > 0 && inputs.shape.at(-1) === problem.inputs, 'ridge-realization', `inputs [rows, ${problem.inputs}]`, inputs.shape);
  const term = await dataTerm(problem, inputs, { beta, gain, activation, precision: options.precision ?? 'auto' });
  try {
    switch (method) {
      case 'adam':
        return await adamDescent(problem, term, { iterations: options.iterations ?? 3000, learningRate: 5e-3 });
      case 'quasi-newton':
        return await fromBothStarts(problem, inputs, { beta, gain }, (start) =>
          quasiNewtonDescent(start, term, { iterations: options.iterations ?? 1000, tolerance: options.tolerance ?? 1e-5 }),
        );
      default:
        return method satisfies never;
    }
  } finally {
    term.dispose();
  }
}

/** Fits from the slots' own weights and from the exact fit of the pre-activations; per pair the lower end. */
async function fromBothStarts(
  problem: RidgeProblem,
  inputs: Tensor,
  { beta, gain }: { beta: number; gain: number },
  descend: (problem: RidgeProblem) => Promise<DescentEnd>,
): Promise<DescentEnd> {
  const moments = await inputMoments(inputs);
  const { trained } = closedForm(problem, moments, { beta, gain });
  const off = effectiveWeights(problem, trained).map((value, at) => problem.target[at]! - value);
  const startBias = problem.targetBias.map((bias, row) => {
    const part = off.subarray(row * problem.inputs, (row + 1) * problem.inputs);
    return part.reduce((sum, value, i) => sum + value * moments.mean[i]!, bias);
  });
  const [own, fitted] = [await descend(problem), await descend({ ...problem, start: trained, startBias })];
  const total = ({ dataTerms, penalties }: DescentEnd, row: number): number => dataTerms[row]! + penalties[row]!;
  const lower = problem.pairs.map((_, row) => (total(fitted, row) < total(own, row) ? fitted : own));
  return {
    trained: own.trained.map((_, at) => lower[Math.floor(at / problem.inputs)]!.trained[at]!),
    dataTerms: Float64Array.from(lower, ({ dataTerms }, row) => dataTerms[row]!),
    penalties: Float64Array.from(lower, ({ penalties }, row) => penalties[row]!),
    converged: lower.map(({ converged }, row) => converged[row]!),
  };
}
