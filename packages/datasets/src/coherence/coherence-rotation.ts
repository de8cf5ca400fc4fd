import { demand } from '@basinlab/core';

const TOLERANCE = 1e-5;
const ALL_EQUAL = 1e-7;
const MAX_ROTATIONS = 5000;

/**
 * A rotation V [dimension, dimension], float64 row-major, whose first `subspace` columns have coherence `target`: the largest squared norm of
 * their rows. Starts at the identity (coherence 1) and turns the longest row against the shortest by the angle that brings the longer of the
 * two to the target, until none is above it by more than 1e-5 (Givens rotations; arXiv 2606.04754).
 * @throws BasinlabError for a target below subspace / dimension, which no subspace reaches
 */
export function coherenceRotation(dimension: number, subspace: number, target: number): Float64Array {
  const least = subspace / dimension;
  demand(subspace >= 1 && subspace <= dimension, 'coherenceRotation', `a subspace of 1 to ${dimension} dimensions`, subspace);
  demand(target >= least - TOLERANCE && target <= 1, 'coherenceRotation', `a coherence from ${least} to 1`, target);
  const rows = Array.from({ length: dimension }, (_, i) => new Float64Array(dimension).fill(1, i, i + 1));
  const squares: number[] = rows.map((_, i) => (i < subspace ? 1 : 0));
  for (let rotation = 0; rotation < MAX_ROTATIONS; rotation++) {
    const [i, j] = [indexOf(squares, Math.max), indexOf(squares, Math.min)];
    const [x, y] = [squares[i]!, squares[j]!];
    if (x <= target + TOLERANCE || x - y < ALL_EQUAL) break;
    const z = product(rows[i]!, rows[j]!, subspace);
    const middle = (x + y) / 2;
    const reach = Math.hypot((x - y) / 2, z);
    const wanted = Math.min(1, Math.max(-1, (Math.max(target, middle) - middle) / reach));
    const angle = (Math.atan2(-z, (x - y) / 2) + Math.acos(wanted)) / 2;
    turn(rows[i]!, rows[j]!, Math.cos(angle), Math.sin(angle));
    for (const k of [i, j]) squares[k] = product(rows[k]!, rows[k]!, subspace);
  }
  const out = new Float64Array(dimension ** 2);
  rows.forEach((row, i) => out.set(row, i * dimension));
  return out;
}

/** Coherence of the subspace that orthonormal vectors [vectors, dimension] span: the largest squared norm of a coordinate's column, in [k/d, 1]. */
export function subspaceCoherence(vectors: ArrayLike<number>, dimension: number): number {
  const norms = new Float64Array(dimension);
  for (let at = 0; at < vectors.length; at++) norms[at % dimension]! += vectors[at]! ** 2;
  return norms.reduce((max, norm) => Math.max(max, norm), 0);
}

function indexOf(values: readonly number[], choose: (a: number, b: number) => number): number {
  return values.indexOf(values.reduce((a, b) => choose(a, b)));
}

function turn(a: Float64Array, b: Float64Array, cosine: number, sine: number): void {
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k]!, b[k]!];
    a[k] = cosine * x - sine * y;
    b[k] = sine * x + cosine * y;
  }
}

function product(a: Float64Array, b: Float64Array, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += a[k]! * b[k]!;
  return sum;
}
