import { groupPlaces, type ParamSpec, type Tensors } from '@basinlab/core';
import { multiplyTransposed, symmetricEigen, symmetricEigenvalues } from '@basinlab/core/linear-algebra';
import * as tf from '@tensorflow/tfjs-core';
import { unitsFirst } from '../transform/units-first.js';
import { identityCost, layerSpectra, singularValues, type LayerSpectra } from './layer-spectra.js';
import { partsOf, type StackedModel } from './stacked-model.js';

// Layers of models of other widths cannot be compared tensor by tensor: of a unit that was split, readers are copied and what it writes is shared, which changes the singular values of both. What
// does not change is their product summed over units, W R: nothing else reaches the rest of the network. Laid into a wider stream it keeps its singular values but for a factor.

/** What a layer does, as singular values that no permutation, rotation or splitting of units changes but for a factor that all layers of a model share. */
export interface LayerProducts {
  /** By group of units within the layer of the product of what its units read and write; by part of what else the layer writes, or of all its parts where it passes on by an identity matrix. */
  readonly spectra: LayerSpectra;
  /** Of parts whose units are shared with other layers, so that how many there are of them scales their singular values. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Squared distance to a layer that passes on what it is given. */
  readonly alone: number;
}

/**
 * Products of the layers of a stack. Where a layer passes on what it is given by writing nothing they are divided by the root of the sum of their squares over all layers, so that widths do not count. Where
 * it has to be an identity matrix its tensors are taken as they are.
 */
export async function layerProducts(
  layers: readonly string[],
  { specs, params }: Pick<StackedModel, 'specs' | 'params'>,
  identity: Readonly<Record<string, 'zeros' | 'identity'>>,
): Promise<LayerProducts[]> {
  if (Object.values(identity).includes('identity'))
    return Promise.all(
      layers.map(async (layer) => {
        const spectra = await layerSpectra(layer, specs, params);
        const shapes = Object.fromEntries(Array.from(partsOf(layer, specs), ([part, { shape }]) => [part, shape]));
        return { spectra, shapes, alone: identityCost(spectra, identity) };
      }),
    );
  const found = await Promise.all(layers.map((layer) => productsOf(layer, specs, params, Object.keys(identity))));
  const totals = new Map<string, number>();
  for (const spectra of found)
    for (const [name, values] of Object.entries(spectra)) totals.set(name, (totals.get(name) ?? 0) + sumOfSquares(values));
  return found.map((raw) => {
    const spectra = Object.fromEntries(
      Object.entries(raw).map(([name, values]) => [name, values.map((value) => value / (Math.sqrt(totals.get(name)!) || 1))]),
    );
    return { spectra, shapes: {}, alone: Object.values(spectra).reduce((sum, values) => sum + sumOfSquares(values), 0) };
  });
}

/**
 * Squared distance of two layers by what they do: over all ways to lay the smaller into the larger without a change of lengths the least sum over parts, sum of (s_k - f t_k)^2 with zeros behind the
 * shorter spectrum. f is what an even splitting of units makes of the second: the root of how many more units there are along the first axis, over that along axes that read.
 */
export function productCost(a: LayerProducts, b: LayerProducts): number {
  let sum = 0;
  for (const name of new Set([...Object.keys(a.spectra), ...Object.keys(b.spectra)])) {
    const [s, t] = [a.spectra[name] ?? new Float64Array(), b.spectra[name] ?? new Float64Array()];
    const factor = evenSplitting(a.shapes[name], b.shapes[name]);
    for (let k = 0; k < Math.max(s.length, t.length); k++) sum += ((s[k] ?? 0) - factor * (t[k] ?? 0)) ** 2;
  }
  return sum;
}

const evenSplitting = (a: readonly number[] = [], b: readonly number[] = []): number =>
  a.reduce((factor, length, axis) => factor * Math.sqrt(axis === 0 ? length / b[axis]! : b[axis]! / length), 1);

const sumOfSquares = (values: Float64Array): number => values.reduce((sum, value) => sum + value ** 2, 0);

/** Spectra of the products of groups that lie within a layer, and of what else it writes. */
async function productsOf(layer: string, specs: readonly ParamSpec[], params: Tensors, written: readonly string[]): Promise<LayerSpectra> {
  const parts = partsOf(layer, specs);
  const spectra: Record<string, Float64Array> = {};
  const isDone = new Set<string>();
  for (const [group, places] of innerGroups(layer, specs)) {
    const isWritten = ({ name }: { readonly name: string }): boolean => written.includes(name.slice(layer.length + 1));
    const [writes, reads] = [places.filter(isWritten), places.filter((place) => !isWritten(place))];
    if (writes.length === 0 || reads.length === 0) continue;
    spectra[group.slice(layer.length)] = await productSpectrum(
      () => unitsOf(reads, params),
      () => unitsOf(writes, params),
    );
    writes.forEach(({ name }) => isDone.add(name.slice(layer.length + 1)));
  }
  for (const part of written) {
    const spec = parts.get(part);
    if (spec === undefined || isDone.has(part)) continue;
    spectra[part] = singularValues(Float64Array.from(await params[spec.name]!.data()), spec.shape[0] ?? 1);
  }
  return spectra;
}

interface UnitPlace {
  readonly name: string;
  readonly axis: number;
}

/** Groups all of whose places lie in a layer, each on an axis of its own. */
function innerGroups(layer: string, specs: readonly ParamSpec[]): ReadonlyMap<string, readonly UnitPlace[]> {
  const axes = new Map(specs.map((spec) => [spec.name, spec.axes]));
  const places = new Map<string, UnitPlace[]>();
  const left = new Set<string>();
  for (const { group, name, axis } of groupPlaces(specs)) {
    const symmetry = axes.get(name)![axis]!;
    if (!name.startsWith(`${layer}.`) || symmetry.group === undefined || symmetry.kind === 'orthogonal' || symmetry.block !== undefined)
      left.add(group);
    places.set(group, [...(places.get(group) ?? []), { name, axis }]);
  }
  return new Map([...places].filter(([group]) => !left.has(group)));
}

/** [units, everything that is told of them] */
const unitsOf = (places: readonly UnitPlace[], params: Tensors): tf.Tensor2D =>
  tf.concat(
    places.map(({ name, axis }) => unitsFirst(params[name]!, axis)),
    1,
  ) as tf.Tensor2D;

/** Singular values, largest first, of W^T R of two matrices [units, any]: of the product itself, or from Gram matrices of the units, whichever are fewer. */
async function productSpectrum(reads: () => tf.Tensor2D, writes: () => tf.Tensor2D): Promise<Float64Array> {
  const { isDirect, rows, matrices } = tf.tidy(() => {
    const [r, w] = [reads(), writes()];
    const [units] = r.shape;
    const gram = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, x, false, true);
    const direct = Math.min(r.shape[1], w.shape[1]) <= units;
    return { isDirect: direct, rows: direct ? w.shape[1] : units, matrices: direct ? [tf.matMul(w, r, true)] : [gram(r), gram(w)] };
  });
  const [first, second] = await Promise.all(matrices.map(async (matrix) => Float64Array.from(await matrix.data())));
  tf.dispose(matrices);
  return isDirect ? singularValues(first!, rows) : fromGrams(first!, second!, rows);
}

/** Roots of the eigenvalues of G^1/2 H G^1/2, both [n, n]. */
function fromGrams(g: Float64Array, h: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(g, n);
  const half = vectors.map((entry, at) => entry * Math.sqrt(Math.max(0, values[Math.floor(at / n)]!)));
  const product = multiplyTransposed(multiplyTransposed(half, h, n, n, n), half, n, n, n);
  return symmetricEigenvalues(product, n).map((value) => Math.sqrt(Math.max(0, value)));
}
