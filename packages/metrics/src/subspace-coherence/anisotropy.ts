import { demand } from '@basinlab/tensor';
import { symmetricEigenvalues, transposed } from '@basinlab/tensor/linear-algebra';
import type { NeuronLayer } from '../neurons/neuron-layer.js';
import { checkLayer } from '../neurons/neuron-layer.js';
import { projector, type Basis } from '../neurons/projection.js';
import { gramOfSlot, principalMinor, slotsOf, type Slot } from '../neurons/slots.js';

/** What the concentration bound needs to know of D^2, over all entries of a layer. */
export interface ScaleStatistics {
  /** Mean of the squares, mu; the share of trained weights for a mask of 0 and 1. */
  readonly mean: number;
  /** Deviation of the squares; sqrt(mu (1 - mu)) for a mask of 0 and 1. */
  readonly deviation: number;
  /** Largest |square - mu|; max(mu, 1 - mu) for a mask that has both. */
  readonly supremum: number;
}

/** Statistics of a layer's squared scales; { 1, 0, 0 } for a layer whose weights are all trained. */
export function scaleStatistics({ units, inputs, scale }: Pick<NeuronLayer, 'units' | 'inputs' | 'scale'>): ScaleStatistics {
  if (scale === undefined) return { mean: 1, deviation: 0, supremum: 0 };
  const count = units * inputs;
  let mean = 0;
  for (let at = 0; at < count; at++) mean += scale[at]! ** 2 / count;
  let [squares, supremum] = [0, 0];
  for (let at = 0; at < count; at++) {
    const off = Math.abs(scale[at]! ** 2 - mean);
    squares += off ** 2 / count;
    supremum = Math.max(supremum, off);
  }
  return { mean, deviation: Math.sqrt(squares), supremum };
}

/**
 * Anisotropy of every neuron: the operator norm |S_i - mean I| with S_i = U^T D_i^2 U, [units], in [0, Infinity). 0 where the neuron's trained weights
 * reach all directions of the inputs' span equally, and for a span without dimension. From the eigenvalues of the smallest matrix that has
 * them.
 */
export function anisotropy(layer: NeuronLayer, subspace: Basis, mean: number): Float64Array {
  checkLayer('subspace-coherence', layer);
  const { inputs, dimension, directions } = subspace;
  demand(layer.inputs === inputs, 'subspace-coherence', `a subspace of ${layer.inputs} inputs`, inputs);
  if (dimension === 0) return new Float64Array(layer.units);
  if (layer.scale === undefined) return new Float64Array(layer.units).fill(Math.abs(1 - mean));
  const project = projector(subspace);
  const basis = transposed(directions, dimension, inputs);
  const touched = Float64Array.from({ length: inputs }, (_, input) => project[input * (inputs + 1)]!);
  const spectrum = (slot: Slot): Float64Array => {
    const count = slot.rows.length;
    if (slot.kind === 'direct') return symmetricEigenvalues(gramOfSlot(basis, dimension, slot), dimension);
    if (slot.kind === 'trained') {
      const values = symmetricEigenvalues(principalMinor(project, inputs, slot.rows, slot.scales), count);
      return Float64Array.from([...values, 0]);
    }
    // S has k eigenvalues: 1 minus the largest of P_RR, and 1 where R has fewer rows than that.
    const values = symmetricEigenvalues(principalMinor(project, inputs, slot.rows), count).subarray(0, dimension);
    return Float64Array.from({ length: dimension }, (_, k) => 1 - (values[k] ?? 0));
  };
  return Float64Array.from(slotsOf(layer, subspace, touched), (slot) =>
    spectrum(slot).reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0),
  );
}

/** What the bound depends on. */
export interface AnisotropyBoundOptions {
  readonly coherence: number;
  /** k. */
  readonly dimension: number;
  /** Of the squared scales, as `scaleStatistics` gives them. */
  readonly supremum: number;
  readonly deviation: number;
  /** Probability in (0, 1) with which a neuron may be above the bound. */
  readonly violation: number;
}

/**
 * Matrix Bernstein bound: with probability 1 - violation a neuron's anisotropy is at most (2/3) supremum nu log(2k / violation) + deviation sqrt(2 nu
 * log(2k / violation)), for independent scales; in [0, Infinity), 0 where all scales are equal. arXiv 2606.04754. The reference puts the mean
 * of the mask for the supremum, which is too small for means below 1/2.
 */
export function anisotropyBound({ coherence, dimension, supremum, deviation, violation }: AnisotropyBoundOptions): number {
  demand(violation > 0 && violation < 1, 'subspace-coherence', 'a violation probability in (0, 1)', violation);
  if (dimension === 0) return 0;
  const log = Math.log((2 * dimension) / violation);
  return (2 / 3) * supremum * coherence * log + deviation * Math.sqrt(2 * coherence * log);
}
