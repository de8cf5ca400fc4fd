import { orthonormalColumns, transposed } from '@basinlab/tensor/linear-algebra';
import { childKey, keyFromSeed, normal, permutation } from '@basinlab/tensor/random';
import type { NeuronLayer } from './neuron-layer.js';
import type { Basis } from './projection.js';

const draw = (seed: number, name: string, size: number): Float64Array => Float64Array.from(normal(childKey(keyFromSeed(seed), name), size));

/** Random orthonormal directions, [dimension, inputs]. */
export function orthonormalBasis(seed: number, inputs: number, dimension: number): Basis {
  const columns = orthonormalColumns(draw(seed, 'basis', inputs * dimension), inputs, dimension);
  return { inputs, dimension, directions: transposed(columns, inputs, dimension) };
}

/** A layer with random weights under a symmetry breaking; of a `w` neuron `fixed` inputs are fixed. */
export function layer(
  kind: 'standard' | 'syre' | 'w' | 'scaled',
  units: number,
  inputs: number,
  { fixed = 2, seed = 0, trained = 0.5 }: { fixed?: number; seed?: number; trained?: number } = {},
): NeuronLayer & { readonly trained: Float64Array; readonly bias: Float64Array } {
  const raw = draw(seed, 'raw', units * inputs).map((value) => trained * value);
  const pattern = draw(seed, 'pattern', units * inputs);
  const common = { units, inputs, trained: raw, bias: draw(seed, 'bias', units) };
  switch (kind) {
    case 'standard':
      return { ...common, effective: raw };
    case 'syre':
      return { ...common, shift: pattern, effective: raw.map((value, at) => value + pattern[at]!) };
    case 'w': {
      const scale = new Float64Array(units * inputs).fill(1);
      for (let unit = 0; unit < units; unit++) {
        const order = permutation(childKey(keyFromSeed(seed), `mask${unit}`), inputs);
        order.subarray(0, fixed).forEach((input) => (scale[unit * inputs + input] = 0));
      }
      const shift = pattern.map((value, at) => (1 - scale[at]!) * value);
      return { ...common, scale, shift, effective: raw.map((value, at) => scale[at]! * value + shift[at]!) };
    }
    case 'scaled': {
      const scale = draw(seed, 'scale', units * inputs);
      return { ...common, scale, shift: pattern, effective: raw.map((value, at) => scale[at]! * value + pattern[at]!) };
    }
    default:
      return kind satisfies never;
  }
}
