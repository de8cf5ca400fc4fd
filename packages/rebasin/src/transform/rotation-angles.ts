import { elementMatrix, elementSize, type GroupElement } from '@basinlab/core';
import { symmetricEigenvalues } from '@basinlab/core/linear-algebra';
import { rotatedAngles } from './rotated.js';

/**
 * Angles of the eigenvalues e^(i angle) of what an element does, in [0, pi], smallest first: 0 for what stays, pi for what is reflected; every rotation of a plane
 * gives its angle twice. From the eigenvalues of the symmetric part, which are the cosines. Of units whose coordinates turn those on all coordinates. Radians.
 */
export function rotationAngles(element: GroupElement): Float64Array {
  if (element.kind === 'rotated') return Float64Array.from(rotatedAngles(element)).sort();
  const [matrix, size] = [elementMatrix(element), elementSize(element)];
  const symmetric = Float64Array.from({ length: size * size }, (_, at) => {
    const [i, k] = [Math.floor(at / size), at % size];
    return (matrix[at]! + matrix[k * size + i]!) / 2;
  });
  return symmetricEigenvalues(symmetric, size).map((cosine) => Math.acos(Math.min(1, Math.max(-1, cosine))));
}
