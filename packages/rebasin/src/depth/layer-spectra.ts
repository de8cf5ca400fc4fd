import type { AxisSpec, Tensors } from '@basinlab/core';
import { multiplyTransposed, symmetricEigenvalues, transposed } from '@basinlab/core/linear-algebra';

/** Singular values of a layer's tensors, largest first, by what follows the layer's name: what no permutation or rotation of its units and of what it reads and writes can change. */
export type LayerSpectra = Readonly<Record<string, Float64Array>>;

/** Spectra of the tensors whose names begin with `layer`. A tensor is read as a matrix of its first axis and all others; a vector has its norm. */
export async function layerSpectra(layer: string, specs: readonly AxisSpec[], tensors: Tensors): Promise<LayerSpectra> {
  const own = specs.filter(({ name }) => name.startsWith(`${layer}.`));
  const entries = own.map(async ({ name, shape }) => {
    const data = Float64Array.from(await tensors[name]!.data());
    return [name.slice(layer.length + 1), singularValues(data, shape[0] ?? 1)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Singular values of a matrix [rows, any], row-major, largest first. */
export function singularValues(data: Float64Array, rows: number): Float64Array {
  const columns = data.length / rows;
  const small = Math.min(rows, columns);
  const along = rows <= columns ? data : transposed(data, rows, columns);
  const gram = multiplyTransposed(along, along, small, small, data.length / small);
  return symmetricEigenvalues(gram, small)
    .map((value) => Math.sqrt(Math.max(0, value)))
    .sort()
    .reverse();
}

/**
 * Least squared distance of two layers over all rotations of either side of each of their tensors: sum of (s_k - t_k)^2 over singular values (Mirsky 1960). Infinity where they do not have tensors of the same
 * number of singular values.
 */
export function spectralCost(a: LayerSpectra, b: LayerSpectra): number {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  let sum = 0;
  for (const name of names) {
    const [s, t] = [a[name], b[name]];
    if (s?.length !== t?.length) return Infinity;
    sum += s!.reduce((own, value, k) => own + (value - t![k]!) ** 2, 0);
  }
  return sum;
}

/** The same of a layer and one that passes on what it is given: of the entries that do so. */
export function identityCost(spectra: LayerSpectra, identity: Readonly<Record<string, 'zeros' | 'identity'>>): number {
  return Object.entries(identity).reduce((sum, [name, what]) => {
    const target = what === 'zeros' ? 0 : 1;
    return (spectra[name] ?? new Float64Array()).reduce((own, value) => own + (value - target) ** 2, sum);
  }, 0);
}
