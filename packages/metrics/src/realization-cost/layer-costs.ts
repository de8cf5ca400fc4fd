import { multiplyTransposed, transposed } from '@basinlab/core/linear-algebra';
import { projectNeurons, projector, type Basis, type Projection } from '../neurons/projection.js';
import { slotsOf } from '../neurons/slots.js';
import type { NeuronLayer } from '../neurons/neuron-layer.js';
import { deviceForms } from './device-forms.js';
import { quadraticForm, type QuadraticForm } from './quadratic-forms.js';

export interface RealizationCostOptions {
  /**
   * What a function costs that a slot cannot realize because too few of its weights are trained. `project` (the default, and the reference's
   * pseudo-inverse): the cost of the nearest function that it can. `infinite`: Infinity.
   */
  readonly inadmissible?: 'project' | 'infinite';
  /** With `infinite`: how much of a - v, relative to |a| + |v|, may lie outside what the slot reaches. Default 1e-6, for float32 weights. */
  readonly tolerance?: number;
  /**
   * Where the forms of all pairs are evaluated: `float64` on the host, or `float32` on the device for slots that are well conditioned, with factors
   * computed in float64. `auto` (the default) takes the device from 10^8 products on.
   */
  readonly precision?: 'auto' | 'float32' | 'float64';
}

const HOST_PRODUCTS = 1e8;

/**
 * Realization costs of a layer (arXiv 2606.04754): entry [i, j] of the result, [units, units] row-major float64, is the least squared norm of
 * trained weights with which slot i computes what neuron j computes on the span of the layer's inputs, c_i(a_j) = (a_j - v_i)^T S_i^+
 * (a_j - v_i), in [0, Infinity]. 0 where the subspace has no dimension. Biases and norms have no part in it.
 * @throws BasinlabError where sizes differ or a weight is not finite
 */
export async function layerRealizationCosts(
  layer: NeuronLayer,
  subspace: Basis,
  options: RealizationCostOptions = {},
): Promise<Float64Array> {
  const { inadmissible = 'project', tolerance = 1e-6, precision = 'auto' } = options;
  const neurons = projectNeurons('realization-cost', layer, subspace);
  const { units, dimension } = neurons;
  const distances = squaredDistances(neurons);
  if (dimension === 0) return new Float64Array(units * units);
  const { inputs } = subspace;
  const basis = transposed(subspace.directions, dimension, inputs);
  const tables = { inputs, dimension, basis, projector: layer.scale === undefined ? new Float64Array() : projector(subspace) };
  const touched = Float64Array.from({ length: inputs }, (_, input) => tables.projector[input * (inputs + 1)] ?? 1);
  const forms = slotsOf(layer, subspace, touched).map((slot) => quadraticForm(slot, tables));

  const costs = new Float64Array(units * units);
  forms.forEach(({ plain }, slot) => {
    if (plain) costs.set(distances.subarray(slot * units, (slot + 1) * units), slot * units);
  });
  if (forms.every(({ height }) => height === 0)) return costs;
  const lifted = { a: lift(neurons.coefficients, basis, neurons, inputs), v: lift(neurons.centers, basis, neurons, inputs) };
  const products = forms.reduce((sum, { height, width }) => sum + height * width * units, 0);
  const onDevice = precision === 'float32' || (precision === 'auto' && products > HOST_PRODUCTS);
  const toDevice = forms.map(({ delicate, height }) => onDevice && !delicate && height > 0);
  forms.forEach((form, slot) => {
    if (toDevice[slot] !== true) addForm(costs, form.factor, form.height, gatherRows(form, slot, neurons, lifted, inputs), slot, units);
  });
  if (onDevice) await deviceForms(costs, forms, toDevice, neurons, lifted, inputs);
  if (inadmissible === 'infinite') {
    forms.forEach((form, slot) =>
      forbid(costs, form, slot, neurons, distances, gatherRows(form, slot, neurons, lifted, inputs), tolerance),
    );
  }
  return costs;
}

/** Coefficients and centers in input coordinates, U a and U v, [units, inputs]. */
export interface Lifted {
  readonly a: Float64Array;
  readonly v: Float64Array;
}

const lift = (rows: Float64Array, basis: Float64Array, { units, dimension }: Projection, inputs: number): Float64Array =>
  multiplyTransposed(rows, basis, units, inputs, dimension);

/** |a_j - v_i|^2, [i, j]. */
function squaredDistances({ units, dimension, coefficients, centers }: Projection): Float64Array {
  const products = multiplyTransposed(centers, coefficients, units, units, dimension);
  const [a, v] = [coefficients, centers].map((rows) => squaredLengths(rows, units, dimension)) as [Float64Array, Float64Array];
  for (let i = 0, at = 0; i < units; i++)
    for (let j = 0; j < units; j++, at++) products[at] = Math.max(v[i]! + a[j]! - 2 * products[at]!, 0);
  return products;
}

export const squaredLengths = (rows: Float64Array, count: number, width: number): Float64Array =>
  Float64Array.from({ length: count }, (_, row) => {
    let sum = 0;
    for (let at = row * width; at < (row + 1) * width; at++) sum += rows[at]! ** 2;
    return sum;
  });

/** z of every neuron in a slot, [units, width]. */
function gatherRows({ rows, width }: QuadraticForm, slot: number, neurons: Projection, lifted: Lifted, inputs: number): Float64Array {
  const { units, dimension, coefficients, centers } = neurons;
  const out = new Float64Array(units * width);
  const [a, v, stride] = rows === null ? [coefficients, centers, dimension] : [lifted.a, lifted.v, inputs];
  for (let j = 0, at = 0; j < units; j++) {
    for (let r = 0; r < width; r++, at++) {
      const row = rows === null ? r : rows[r]!;
      out[at] = a[j * stride + row]! - v[slot * stride + row]!;
    }
  }
  return out;
}

function addForm(costs: Float64Array, factor: Float64Array, height: number, z: Float64Array, slot: number, units: number): void {
  if (height === 0) return;
  const image = multiplyTransposed(factor, z, height, units, z.length / units);
  for (let r = 0, at = 0; r < height; r++) for (let j = 0; j < units; j++, at++) costs[slot * units + j]! += image[at]! ** 2;
}

function forbid(
  costs: Float64Array,
  { span }: QuadraticForm,
  slot: number,
  { units, dimension, coefficients, centers }: Projection,
  distances: Float64Array,
  z: Float64Array,
  tolerance: number,
): void {
  if (span === null) return;
  const reached = new Float64Array(units * units);
  addForm(reached, span.factor, span.height, z, slot, units);
  const lengths = squaredLengths(coefficients, units, dimension);
  const center = Math.sqrt(squaredLengths(centers.subarray(slot * dimension, (slot + 1) * dimension), 1, dimension)[0]!);
  for (let j = 0; j < units; j++) {
    const at = slot * units + j;
    const outside = Math.sqrt(Math.max(distances[at]! - reached[at]!, 0));
    if (outside > tolerance * (Math.sqrt(lengths[j]!) + center)) costs[at] = Infinity;
  }
}
