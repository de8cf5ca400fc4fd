import { Matrix, SingularValueDecomposition } from 'ml-matrix';

/** Chains x, Nx, N^2 x, ... of a nilpotent matrix, longest first: together a basis. Each is a list of column vectors [n, 1]. */
export type JordanChains = readonly (readonly Matrix[])[];

/**
 * Jordan chains of a matrix N [n, n] that is nilpotent up to rounding; singular values of its powers below `tolerance` times the power of
 * `scale` count as zero. Null where the ranks do not describe a nilpotent matrix.
 */
export function jordanChains(nilpotent: Matrix, scale: number, tolerance: number): JordanChains | null {
  const n = nilpotent.rows;
  const powers = [Matrix.eye(n)];
  const kernels: Matrix[] = [Matrix.zeros(n, 0)];
  while (kernels.at(-1)!.columns < n) {
    if (powers.length > n) return null;
    powers.push(powers.at(-1)!.mmul(nilpotent));
    kernels.push(nullSpace(powers.at(-1)!, tolerance * scale ** (powers.length - 1)));
    if (kernels.at(-1)!.columns === kernels.at(-2)!.columns) return null;
  }
  const chains: Matrix[][] = [];
  for (let size = powers.length - 1; size > 0; size--) {
    // New chains of this size start in ker N^size, beside ker N^(size-1) and beside what longer chains have there.
    const taken = [columnsOf(kernels[size - 1]!), chains.map((chain) => chain[chain.length - size]!)].flat();
    const basis = orthonormal(taken);
    for (const start of columnsOf(kernels[size]!)) {
      const rest = withoutSpan(start, basis);
      const length = Math.hypot(...rest.to1DArray());
      if (length < 1e-6) continue;
      basis.push(rest.div(length));
      chains.push(Array.from({ length: size }, (_, power) => powers[power]!.mmul(rest)));
    }
  }
  return chains.reduce((sum, chain) => sum + chain.length, 0) === n ? chains : null;
}

/** Orthonormal basis of the vectors that a matrix takes below `tolerance`, [n, dimension]. */
export function nullSpace(a: Matrix, tolerance: number): Matrix {
  const svd = new SingularValueDecomposition(a, { autoTranspose: true });
  const dimension = svd.diagonal.filter((value) => value <= tolerance).length;
  return trailingColumns(svd.rightSingularVectors, dimension);
}

/** The last `count` columns. */
export function trailingColumns(a: Matrix, count: number): Matrix {
  return count === 0 ? Matrix.zeros(a.rows, 0) : a.subMatrix(0, a.rows - 1, a.columns - count, a.columns - 1);
}

const columnsOf = (a: Matrix): Matrix[] => Array.from({ length: a.columns }, (_, column) => Matrix.columnVector(a.getColumn(column)));

function orthonormal(vectors: readonly Matrix[]): Matrix[] {
  const basis: Matrix[] = [];
  for (const vector of vectors) {
    const rest = withoutSpan(vector, basis);
    const length = Math.hypot(...rest.to1DArray());
    if (length > 1e-10 * Math.hypot(...vector.to1DArray())) basis.push(rest.div(length));
  }
  return basis;
}

/** Twice, because once leaves rounding behind. */
function withoutSpan(vector: Matrix, basis: readonly Matrix[]): Matrix {
  const rest = vector.clone();
  for (const pass of [basis, basis]) for (const direction of pass) rest.sub(Matrix.mul(direction, direction.dot(rest)));
  return rest;
}
