import { demand } from '@basinlab/tensor';
import { checkLayer, type NeuronLayer } from '../neurons/neuron-layer.js';

/** Slot `slot` is to compute what neuron `imitated` computes. */
export interface NeuronPair {
  readonly slot: number;
  readonly imitated: number;
}

/** Every slot with every neuron of a layer: entry [slot, imitated] of a matrix [units, units], row-major. */
export const allPairs = (units: number): NeuronPair[] =>
  Array.from({ length: units * units }, (_, at) => ({ slot: Math.floor(at / units), imitated: at % units }));

/** The pairs of a layer as rows, ready to be fitted; all [pairs, inputs] or [pairs] in float64. */
export interface RidgeProblem {
  readonly pairs: readonly NeuronPair[];
  readonly inputs: number;
  /** F of the slot. */
  readonly shift: Float64Array;
  /** D of the slot; 0 where a weight is fixed. */
  readonly scale: Float64Array;
  /** What the slot's trained weights and bias start from: its own. */
  readonly start: Float64Array;
  readonly startBias: Float64Array;
  /** The imitated neuron's effective weights and bias. */
  readonly target: Float64Array;
  readonly targetBias: Float64Array;
}

/** @throws BasinlabError for a pair of neurons that the layer does not have, sizes that differ and values that are not finite */
export function ridgeProblem(layer: NeuronLayer, pairs: readonly NeuronPair[]): RidgeProblem {
  checkLayer('ridge-realization', layer);
  const { units, inputs, effective, shift, scale, trained, bias } = layer;
  demand(bias === undefined || bias.length === units, 'ridge-realization', `${units} biases`, bias?.length);
  for (const pair of pairs) {
    const known = [pair.slot, pair.imitated].every((unit) => Number.isInteger(unit) && unit >= 0 && unit < units);
    demand(known, 'ridge-realization', `pairs of units from 0 to ${units - 1}`, pair);
  }
  const rows = (matrix: ArrayLike<number> | undefined, of: 'slot' | 'imitated', absent: number): Float64Array => {
    const out = new Float64Array(pairs.length * inputs);
    pairs.forEach((pair, row) => {
      for (let i = 0; i < inputs; i++) out[row * inputs + i] = matrix === undefined ? absent : matrix[pair[of] * inputs + i]!;
    });
    return out;
  };
  return {
    pairs,
    inputs,
    shift: rows(shift, 'slot', 0),
    scale: rows(scale, 'slot', 1),
    start: rows(trained ?? effective, 'slot', 0),
    startBias: Float64Array.from(pairs, ({ slot }) => bias?.[slot] ?? 0),
    target: rows(effective, 'imitated', 0),
    targetBias: Float64Array.from(pairs, ({ imitated }) => bias?.[imitated] ?? 0),
  };
}

/** shift + scale * trained, row by row. */
export const effectiveWeights = ({ shift, scale }: RidgeProblem, trained: Float64Array): Float64Array =>
  trained.map((value, at) => shift[at]! + scale[at]! * value);

/** Sum of the squared trained weights that have an effect, per pair. */
export function penalties({ pairs, inputs, scale }: RidgeProblem, trained: Float64Array): Float64Array {
  return Float64Array.from(pairs, (_, row) => {
    let sum = 0;
    for (let at = row * inputs; at < (row + 1) * inputs; at++) if (scale[at] !== 0) sum += trained[at]! ** 2;
    return sum;
  });
}

/** Lengths of rows [rows, inputs]. */
export const rowLengths = (matrix: ArrayLike<number>, rows: number, inputs: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let at = row * inputs; at < (row + 1) * inputs; at++) sum += matrix[at]! ** 2;
    return Math.sqrt(sum);
  });
