import { BasinlabError, demand } from '@basinlab/tensor';
import { choleskyFactor, invertLower, multiplyTransposed, transposed } from '@basinlab/tensor/linear-algebra';
import type { InputMoments } from '../input-subspace/input-moments.js';
import { principalMinor } from '../neurons/slots.js';
import type { DescentEnd } from './descents.js';
import type { RidgeProblem } from './problem.js';

/**
 * The exact minimum where the activation is the identity: with e = target - shift, Sigma the covariance of the inputs (the free bias takes up means)
 * and c = gain^2 / beta, minimise c (e - D w)^T Sigma (e - D w) + |w|^2. Only second moments of the inputs enter. For a mask D the solution of every
 * slot comes out of one inverse B = (I + c Sigma)^-1: with u = (I - B) e and R the fixed inputs, w = u - B_:R q and q = B_RR^-1 u_R, of which
 * e_R . q is the part of the objective that the fixed inputs leave. Other D: normal equations per slot.
 */
export function closedForm(problem: RidgeProblem, moments: InputMoments, { beta, gain }: { beta: number; gain: number }): DescentEnd {
  const { inputs, pairs, scale, shift, target } = problem;
  demand(moments.units === inputs, 'ridge-realization', `moments of ${inputs} inputs`, moments.units);
  demand(moments.rows > 0, 'ridge-realization', 'moments of at least one row', moments.rows);
  const weighted = moments.scatter.map((value) => ((gain * gain) / beta) * (value / moments.rows));
  const e = target.map((value, at) => value - shift[at]!);
  const trained = new Float64Array(e.length);
  const dataTerms = new Float64Array(pairs.length);
  const penalties = new Float64Array(pairs.length);
  const masks = scale.every((value) => value === 0 || value === 1) ? maskedSolver(weighted, inputs) : null;
  const bySlot = new Map<number, number[]>();
  pairs.forEach(({ slot }, row) => bySlot.set(slot, [...(bySlot.get(slot) ?? []), row]));
  for (const rows of bySlot.values()) {
    const at = rows[0]! * inputs;
    const own = scale.subarray(at, at + inputs);
    const solve = masks === null ? normalEquations(weighted, inputs, own) : masks(own);
    for (const row of rows) {
      const part = e.subarray(row * inputs, (row + 1) * inputs);
      const { w, objective } = solve(part);
      trained.set(w, row * inputs);
      penalties[row] = w.reduce((sum, value) => sum + value * value, 0);
      dataTerms[row] = Math.max(objective - penalties[row]!, 0);
    }
  }
  return { trained, dataTerms, penalties, converged: pairs.map(() => true) };
}

type Solve = (e: Float64Array) => { w: Float64Array; objective: number };

/** The inverse of a positive definite matrix [n, n]. */
function inverseOf(matrix: Float64Array, n: number): Float64Array {
  const factor = matrix.slice();
  if (choleskyFactor(factor, n) === 0) {
    throw new BasinlabError('ridge-realization', 'a beta that is not too small for float64', 'singular normal equations', {
      remedy: 'Use a larger beta.',
    });
  }
  invertLower(factor, n);
  for (let i = 0; i < n; i++) factor.fill(0, i * n + i + 1, (i + 1) * n);
  const columns = transposed(factor, n, n);
  return multiplyTransposed(columns, columns, n, n, n);
}

function maskedSolver(weighted: Float64Array, inputs: number): (mask: Float64Array) => Solve {
  const b = inverseOf(
    weighted.map((value, at) => value + (at % (inputs + 1) === 0 ? 1 : 0)),
    inputs,
  );
  return (mask) => {
    const rows = Int32Array.from(Array.from(mask.keys()).filter((input) => mask[input] === 0));
    const size = rows.length;
    const inner = inverseOf(principalMinor(b, inputs, rows), size);
    return (e) => {
      const u = multiplyTransposed(e, b, 1, inputs, inputs).map((value, i) => e[i]! - value);
      const q = multiplyTransposed(
        inner,
        Float64Array.from(rows, (row) => u[row]!),
        size,
        1,
        size,
      );
      rows.forEach((row, r) => {
        for (let i = 0; i < inputs; i++) u[i]! -= b[row * inputs + i]! * q[r]!;
      });
      rows.forEach((row) => (u[row] = 0));
      const free = u.reduce((sum, value, i) => sum + e[i]! * value, 0);
      return { w: u, objective: q.reduce((sum, value, r) => sum + e[rows[r]!]! * value, free) };
    };
  };
}

function normalEquations(weighted: Float64Array, inputs: number, scale: Float64Array): Solve {
  const matrix = weighted.map(
    (value, at) => value * scale[Math.floor(at / inputs)]! * scale[at % inputs]! + (at % (inputs + 1) === 0 ? 1 : 0),
  );
  const inverse = inverseOf(matrix, inputs);
  return (e) => {
    const pulled = multiplyTransposed(e, weighted, 1, inputs, inputs);
    const w = multiplyTransposed(
      pulled.map((value, i) => value * scale[i]!),
      inverse,
      1,
      inputs,
      inputs,
    );
    const left = e.map((value, i) => value - scale[i]! * w[i]!);
    const data = multiplyTransposed(left, weighted, 1, inputs, inputs).reduce((sum, value, i) => sum + value * left[i]!, 0);
    return { w, objective: data + w.reduce((sum, value) => sum + value * value, 0) };
  };
}
