import { inverse, Matrix, SingularValueDecomposition } from 'ml-matrix';
import { conditionNumber, demandSquare, determinantSign } from './checks.js';
import { eigenvalues } from './eigenvalues.js';
import { exponential } from './exponential.js';
import { jordanChains, trailingColumns, type JordanChains } from './jordan-chains.js';
import { frobenius, relativeDistance } from './norms.js';
import { principalLogarithm } from './principal-logarithm.js';

// A real matrix has a real logarithm exactly when it is invertible and each Jordan block of a negative eigenvalue occurs an even number of
// times (Culver, Proc. AMS 17, 1966). A pair of such blocks turns by pi within the plane of its two chains.

/** A real logarithm, or the condition that fails. */
export type RealLogarithm = { readonly logarithm: Matrix } | { readonly logarithm: null; readonly reason: string };

/** Eigenvalues this close to each other (relative), and singular values this small, count as equal and as zero. */
const tolerance = 1e-7;

const none = (reason: string): RealLogarithm => ({ logarithm: null, reason });

/**
 * M real with exp(M) = g, the principal one where g has no negative eigenvalue; or why there is none. Eigenvalues that agree to 1e-7 are taken
 * for one: whether a block occurs twice cannot be decided more finely in float64.
 * @throws BasinlabError where g is not square
 */
export function realLogarithm(g: Matrix): RealLogarithm {
  demandSquare('realLogarithm', g);
  const n = g.rows;
  if (conditionNumber(g) > 1e12) return none('g is singular');
  if (determinantSign(g) < 0) return none('the determinant of g is negative');
  const clusters = negativeEigenvalues(g);
  const parts: Block[] = [];
  for (const { value, multiplicity } of clusters) {
    const basis = invariantSubspace(g, value, multiplicity);
    const block = restrict(g, basis);
    const nilpotent = Matrix.sub(block, Matrix.eye(multiplicity).mul(value));
    const chains = jordanChains(nilpotent, Math.abs(value), tolerance * 10);
    if (chains === null) return none(`the Jordan blocks of the eigenvalue ${format(value)} cannot be told apart`);
    const odd = oddSize(chains);
    if (odd !== null) return none(`the Jordan block of size ${odd} of the eigenvalue ${format(value)} occurs an odd number of times`);
    parts.push({ basis, logarithm: logarithmOfPairs(nilpotent, value, chains) });
  }
  const free = n - clusters.reduce((sum, { multiplicity }) => sum + multiplicity, 0);
  if (free > 0) {
    const basis = complement(g, clusters, free);
    parts.push({ basis, logarithm: principalLogarithm(restrict(g, basis)) });
  }
  const logarithm = assemble(parts, n);
  const error = relativeDistance(exponential(logarithm), g);
  return error < 1e-6
    ? { logarithm }
    : none(`the eigenvectors of g are too close to dependent (exp(log g) differs from g by ${error.toExponential(1)})`);
}

/** A part of the space that g maps into itself, and the logarithm of g on it. */
type Block = { readonly basis: Matrix; readonly logarithm: Matrix };
type Cluster = { value: number; multiplicity: number };

function negativeEigenvalues(g: Matrix): Cluster[] {
  const all = eigenvalues(g);
  const size = Math.max(...all.map(({ re, im }) => Math.hypot(re, im)));
  // An m-fold eigenvalue of a block is computed to the m-th root of the rounding only.
  const values = all
    .filter(({ re, im }) => re < 0 && Math.abs(im) <= 1e-5 * Math.max(Math.abs(re), 1e-6 * size))
    .map(({ re }) => re)
    .sort((a, b) => a - b);
  const clusters: { values: number[] }[] = [];
  for (const value of values) {
    const last = clusters.at(-1);
    if (last !== undefined && Math.abs(value - last.values.at(-1)!) <= 2e-5 * Math.abs(value)) last.values.push(value);
    else clusters.push({ values: [value] });
  }
  return clusters.map(({ values: own }) => ({ value: own.reduce((sum, value) => sum + value) / own.length, multiplicity: own.length }));
}

/** (g - value)^multiplicity, whose kernel is the generalised eigenspace and whose range is everything else. */
function annihilator(g: Matrix, { value, multiplicity }: Cluster): Matrix {
  const shifted = Matrix.sub(g, Matrix.eye(g.rows).mul(value));
  let power = shifted;
  for (let i = 1; i < multiplicity; i++) power = power.mmul(shifted).div(frobenius(shifted));
  return power;
}

function invariantSubspace(g: Matrix, value: number, multiplicity: number): Matrix {
  return trailingColumns(new SingularValueDecomposition(annihilator(g, { value, multiplicity })).rightSingularVectors, multiplicity);
}

function complement(g: Matrix, clusters: readonly Cluster[], dimension: number): Matrix {
  if (clusters.length === 0) return Matrix.eye(g.rows);
  const product = clusters.map((cluster) => annihilator(g, cluster)).reduce((all, factor) => all.mmul(factor));
  return new SingularValueDecomposition(product).leftSingularVectors.subMatrix(0, g.rows - 1, 0, dimension - 1);
}

/** The matrix of g on the span of an orthonormal basis that g maps into itself. */
const restrict = (g: Matrix, basis: Matrix): Matrix => basis.transpose().mmul(g).mmul(basis);

function oddSize(chains: JordanChains): number | null {
  const sizes = chains.map((chain) => chain.length);
  return sizes.find((size) => sizes.filter((other) => other === size).length % 2 === 1) ?? null;
}

/** log of value * (I + N / value) with value < 0: ln|value| + log(I + N / value) + pi J, where J exchanges the chains of each pair. */
function logarithmOfPairs(nilpotent: Matrix, value: number, chains: JordanChains): Matrix {
  const n = nilpotent.rows;
  const columns: Matrix[] = [];
  const exchange = Matrix.zeros(n, n);
  for (let pair = 0; pair < chains.length; pair += 2) {
    const [first, second] = [chains[pair]!, chains[pair + 1]!];
    first.forEach((_, at) => {
      const [x, y] = [columns.length + at, columns.length + first.length + at];
      exchange.set(y, x, 1);
      exchange.set(x, y, -1);
    });
    columns.push(...first, ...second);
  }
  const basis = new Matrix(columns.map((column) => column.to1DArray())).transpose();
  const turn = basis.mmul(exchange).mmul(inverse(basis)).mul(Math.PI);
  const ratio = Matrix.div(nilpotent, value);
  const series = Matrix.zeros(n, n);
  let power = Matrix.eye(n);
  for (let k = 1; k < n; k++) {
    power = power.mmul(ratio);
    series.add(Matrix.mul(power, (k % 2 === 1 ? 1 : -1) / k));
  }
  return Matrix.add(turn, series).add(Matrix.eye(n).mul(Math.log(-value)));
}

function assemble(parts: readonly Block[], n: number): Matrix {
  const basis = new Matrix(parts.flatMap((part) => part.basis.transpose().to2DArray())).transpose();
  const diagonal = Matrix.zeros(n, n);
  let at = 0;
  for (const { logarithm } of parts) {
    diagonal.setSubMatrix(logarithm, at, at);
    at += logarithm.rows;
  }
  return basis.mmul(diagonal).mmul(inverse(basis));
}

const format = (value: number): string => value.toPrecision(4);
