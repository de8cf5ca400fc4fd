import { multiplyTransposed, transposed } from '@basinlab/tensor/linear-algebra';
import { projectNeurons, projector, type Basis, type Projection } from '../neurons/projection.js';
import { slotsOf } from '../neurons/slots.js';
import type { NeuronLayer } from '../neurons/neuron-layer.js';
import { createDeviceForms } from './device-forms.js';
import { quadraticForm, type QuadraticForm } from './quadratic-forms.js';

/** What counts as impossible, and the precision. */
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
  if (dimension === 0) return new Float64Array(units * units);
  const { inputs } = subspace;
  const basis = transposed(subspace.directions, dimension, inputs);
  const project = layer.scale === undefined ? new Float64Array() : projector(subspace);
  const touched = Float64Array.from({ length: inputs }, (_, input) => project[input * (inputs + 1)] ?? 1);
  const slots = slotsOf(layer, subspace, touched);
  const sizes = slots.map(({ kind, rows }) => (kind === 'direct' ? dimension : rows.length));
  const tables = { inputs, dimension, basis, projector: project, scratch: new Float64Array(Math.max(0, ...sizes) ** 2) };
  const products = sizes.reduce((sum, size) => sum + size ** 2 * units, 0);
  const onDevice = products > 0 && (precision === 'float32' || (precision === 'auto' && products > HOST_PRODUCTS));
  const device = onDevice ? createDeviceForms(neurons, basis, Math.max(...sizes)) : null;

  const costs = new Float64Array(units * units);
  const gather = gatherer(neurons, basis, inputs);
  const isPlain: boolean[] = [];
  const forms = slots.map((slot, at) => {
    const form = quadraticForm(slot, tables);
    isPlain.push(form.plain);
    if (device === null || form.delicate) addForm(costs, form.factor, form.height, () => gather(form, at), at, units);
    else if (form.height > 0) device.add(at, form);
    // With `project` nobody reads them again: a layer's factors may be larger than all its results. Without a span all is admissible.
    return inadmissible === 'infinite' && form.span !== null ? form : null;
  });
  // The device is still at work on what it was given: time for what the host has to add.
  const distances = squaredDistances(neurons);
  isPlain.forEach((plain, at) => {
    if (plain) for (let k = at * units; k < (at + 1) * units; k++) costs[k]! += distances[k]!;
  });
  await device?.finish(costs);
  forms.forEach((form, at) => {
    if (form !== null) forbid(costs, form, at, neurons, distances, () => gather(form, at), tolerance);
  });
  return costs;
}

/** z of every neuron in a slot, [units, width]. The neurons in input coordinates, U a and U v, are made when they are first needed. */
function gatherer(neurons: Projection, basis: Float64Array, inputs: number): (form: QuadraticForm, slot: number) => Float64Array {
  const { units, dimension, coefficients, centers } = neurons;
  const lift = (rows: Float64Array): Float64Array => multiplyTransposed(rows, basis, units, inputs, dimension);
  let lifted: { a: Float64Array; v: Float64Array } | undefined;
  return ({ rows, width }, slot) => {
    if (rows !== null) lifted ??= { a: lift(coefficients), v: lift(centers) };
    const [from, stride] = rows === null ? [{ a: coefficients, v: centers }, dimension] : [lifted!, inputs];
    const out = new Float64Array(units * width);
    for (let j = 0, at = 0; j < units; j++) {
      for (let r = 0; r < width; r++, at++) {
        const row = rows === null ? r : rows[r]!;
        out[at] = from.a[j * stride + row]! - from.v[slot * stride + row]!;
      }
    }
    return out;
  };
}

/** |a_j - v_i|^2, [i, j]. */
function squaredDistances({ units, dimension, coefficients, centers }: Projection): Float64Array {
  const products = multiplyTransposed(centers, coefficients, units, units, dimension);
  const [a, v] = [coefficients, centers].map((rows) => squaredLengths(rows, units, dimension)) as [Float64Array, Float64Array];
  for (let i = 0, at = 0; i < units; i++)
    for (let j = 0; j < units; j++, at++) products[at] = Math.max(v[i]! + a[j]! - 2 * products[at]!, 0);
  return products;
}

const squaredLengths = (rows: Float64Array, count: number, width: number): Float64Array =>
  Float64Array.from({ length: count }, (_, row) => {
    let sum = 0;
    for (let at = row * width; at < (row + 1) * width; at++) sum += rows[at]! ** 2;
    return sum;
  });

function addForm(costs: Float64Array, factor: Float64Array, height: number, gather: () => Float64Array, slot: number, units: number): void {
  if (height === 0) return;
  const z = gather();
  const image = multiplyTransposed(factor, z, height, units, z.length / units);
  for (let r = 0, at = 0; r < height; r++) for (let j = 0; j < units; j++, at++) costs[slot * units + j]! += image[at]! ** 2;
}

function forbid(
  costs: Float64Array,
  { span }: QuadraticForm,
  slot: number,
  { units, dimension, coefficients, centers }: Projection,
  distances: Float64Array,
  gather: () => Float64Array,
  tolerance: number,
): void {
  if (span === null) return;
  const reached = new Float64Array(units);
  addForm(reached, span.factor, span.height, gather, 0, units);
  const lengths = squaredLengths(coefficients, units, dimension);
  const center = Math.sqrt(squaredLengths(centers.subarray(slot * dimension, (slot + 1) * dimension), 1, dimension)[0]!);
  for (let j = 0; j < units; j++) {
    const at = slot * units + j;
    const outside = Math.sqrt(Math.max(distances[at]! - reached[j]!, 0));
    if (outside > tolerance * (Math.sqrt(lengths[j]!) + center)) costs[at] = Infinity;
  }
}
