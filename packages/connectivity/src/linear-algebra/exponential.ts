import { inverse, Matrix } from 'ml-matrix';
import { demandSquare } from './checks.js';
import { norm1 } from './norms.js';

/** Coefficients of the [13/13] Padé approximant, and the norm up to which it is exact in float64. Higham 2005, table 2.3. */
const coefficients = [
  64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600, 670442572800, 33522128640,
  1323241920, 40840800, 960960, 16380, 182, 1,
] as const;
const reach = 5.371920351148152;

/** exp(A) of a square matrix, by scaling and squaring of a Padé approximant (Higham, SIAM J. Matrix Anal. Appl. 26, 2005). */
export function exponential(a: Matrix): Matrix {
  demandSquare('exponential', a);
  const n = a.rows;
  if (norm1(a) === 0) return Matrix.eye(n);
  const squarings = Math.max(0, Math.ceil(Math.log2(norm1(a) / reach)));
  const scaled = Matrix.div(a, 2 ** squarings);
  const a2 = scaled.mmul(scaled);
  const a4 = a2.mmul(a2);
  const a6 = a4.mmul(a2);
  const even = (from: number): Matrix => polynomial([from, from + 2, from + 4, from + 6], [Matrix.eye(n), a2, a4, a6]);
  const odd = scaled.mmul(Matrix.add(a6.mmul(polynomial([9, 11, 13], [a2, a4, a6])), even(1)));
  const rest = Matrix.add(a6.mmul(polynomial([8, 10, 12], [a2, a4, a6])), even(0));
  let result = inverse(Matrix.sub(rest, odd)).mmul(Matrix.add(rest, odd));
  for (let i = 0; i < squarings; i++) result = result.mmul(result);
  return result;
}

function polynomial(indices: readonly number[], powers: readonly Matrix[]): Matrix {
  return indices.map((index, at) => Matrix.mul(powers[at]!, coefficients[index]!)).reduce((sum, term) => Matrix.add(sum, term));
}
