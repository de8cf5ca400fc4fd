import type { GroupElement } from '../contracts/index.js';
import { BasinlabError } from '../errors.js';

/** Units that an element moves. */
export const elementSize = (element: GroupElement): number => (element.kind === 'permutation' ? element.indices.length : element.size);

/**
 * The indices of a permutation.
 * @throws BasinlabError for an element of another kind
 */
export function elementIndices(group: string, element: GroupElement): Int32Array {
  if (element.kind !== 'permutation') throw new BasinlabError(group, 'a permutation', `an element of kind ${element.kind}`);
  return element.indices;
}

/** The matrix of an element, [size, size] row-major: new = matrix old. */
export function elementMatrix(element: GroupElement): Float64Array {
  if (element.kind !== 'permutation') return element.matrix;
  const size = element.indices.length;
  const matrix = new Float64Array(size * size);
  element.indices.forEach((from, to) => (matrix[to * size + from] = 1));
  return matrix;
}
