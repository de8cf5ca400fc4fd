import { BasinlabError } from '@basinlab/core';
import type { NeuronLayer } from '@basinlab/metrics/realization-cost';
import { z } from 'zod';
import type { GoldenFixture } from '../contract.js';
import { inputOf, parameterOf } from '../inputs.js';

/** The neurons of a fixture's linear layer, its effective weights and fixed part in float64, and what was trained, mask and bias included. */
export function referenceLayer(fixture: GoldenFixture): NeuronLayer & { readonly raw: Float64Array; readonly bias: Float64Array } {
  const kind = parameterOf(fixture, 'kind', z.enum(['standard', 'wasym', 'syre']));
  const constant = kind === 'standard' ? 0 : parameterOf(fixture, 'mask_constant', z.number());
  const weight = inputOf(fixture, 'layer.weight');
  const [units = 0, inputs = 0] = weight.shape;
  const raw = Float64Array.from(weight.data);
  const common = { units, inputs, raw, bias: Float64Array.from(inputOf(fixture, 'layer.bias').data) };
  switch (kind) {
    case 'standard':
      return { ...common, effective: raw };
    case 'syre': {
      const shift = Float64Array.from(inputOf(fixture, 'layer.noise').data, (value) => constant * value);
      return { ...common, shift, effective: raw.map((value, at) => value + shift[at]!) };
    }
    case 'wasym': {
      const scale = Float64Array.from(inputOf(fixture, 'layer.mask').data);
      const pattern = inputOf(fixture, 'layer.normal_mask').data;
      const shift = scale.map((mask, at) => (1 - mask) * constant * pattern[at]!);
      return { ...common, scale, shift, effective: raw.map((value, at) => scale[at]! * value + shift[at]!) };
    }
    default:
      throw new BasinlabError(fixture.id, 'a known kind of layer', kind satisfies never);
  }
}
