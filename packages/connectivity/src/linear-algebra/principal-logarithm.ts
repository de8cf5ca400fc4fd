import { inverse, Matrix } from 'ml-matrix';
import { BasinlabError } from '@basinlab/core';
import { frobenius, norm1 } from './norms.js';

/** Gauss-Legendre nodes and weights on [0, 1], eight of them: the [8/8] Padé approximant of log(1 + x), exact in float64 up to 0.25. */
const nodes = gaussLegendre(8);
const reach = 0.25;

/**
 * The logarithm whose eigenvalues have imaginary parts inside (-pi, pi), of a matrix without eigenvalues on the negative real axis, by inverse
 * scaling and squaring (Cheng, Higham, Kenney and Laub, SIAM J. Matrix Anal. Appl. 22, 2001).
 * @throws BasinlabError where the square roots do not converge, as they do not for an eigenvalue on the negative axis
 */
export function principalLogarithm(a: Matrix): Matrix {
  const n = a.rows;
  const identity = Matrix.eye(n);
  let root = a.clone();
  let roots = 0;
  while (norm1(Matrix.sub(root, identity)) > reach) {
    root = squareRoot(root);
    roots++;
  }
  const x = Matrix.sub(root, identity);
  const log = Matrix.zeros(n, n);
  for (const { node, weight } of nodes) {
    log.add(
      inverse(Matrix.add(identity, Matrix.mul(x, node)))
        .mmul(x)
        .mul(weight),
    );
  }
  return log.mul(2 ** roots);
}

/** Product form of the Denman-Beavers iteration, scaled by determinants while it is far from its end. */
function squareRoot(a: Matrix): Matrix {
  const n = a.rows;
  const identity = Matrix.eye(n);
  let root = a.clone();
  let residue = a.clone();
  for (let step = 0; step < 60; step++) {
    const before = frobenius(Matrix.sub(residue, identity));
    const inverted = inverse(residue);
    // mu^2 scales the residue towards determinant 1.
    const mu = before > 1e-2 ? (frobenius(inverted) / frobenius(residue)) ** 0.25 : 1;
    root = Matrix.mul(root, mu)
      .mmul(Matrix.add(identity, Matrix.mul(inverted, mu ** -2)))
      .mul(0.5);
    residue = Matrix.add(identity, Matrix.add(Matrix.mul(residue, mu ** 2), Matrix.mul(inverted, mu ** -2)).mul(0.5)).mul(0.5);
    const after = frobenius(Matrix.sub(residue, identity));
    if (!Number.isFinite(after)) break;
    if (after < 1e-14 * n || (after < 1e-9 && after >= before / 2)) return root;
  }
  throw new BasinlabError(
    'principalLogarithm',
    'a matrix without eigenvalues on the negative real axis',
    'one whose square roots do not converge',
  );
}

function gaussLegendre(count: number): { node: number; weight: number }[] {
  return Array.from({ length: count }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 0;
    for (let step = 0; step < 50; step++) {
      let [now, before] = [x, 1];
      for (let k = 2; k <= count; k++) [now, before] = [((2 * k - 1) * x * now - (k - 1) * before) / k, now];
      slope = (count * (x * now - before)) / (x * x - 1);
      const move = now / slope;
      x -= move;
      if (Math.abs(move) < 1e-16) break;
    }
    return { node: (1 + x) / 2, weight: 1 / ((1 - x * x) * slope * slope) };
  });
}
