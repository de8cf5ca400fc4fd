import type { AxisRole, GroupElement } from '../contracts/index.js';
import { BasinlabError } from '../errors.js';
import { inverse, transposed } from '../linear-algebra/index.js';

/** Units that an element moves. */
export const elementSize = (element: GroupElement): number => ('indices' in element ? element.indices.length : element.size);

/**
 * The indices of a permutation.
 * @throws BasinlabError for an element of another kind
 */
export function elementIndices(group: string, element: GroupElement): Int32Array {
  if (element.kind !== 'permutation') throw new BasinlabError(group, 'a permutation', `an element of kind ${element.kind}`);
  return element.indices;
}

/** The matrix of an element, [size, size] row-major: new = matrix old. `as` is what it moves; see `AxisRole`. Angles are not in it: they turn coordinates of units, see `axisMatrix`. */
export function elementMatrix(element: GroupElement, as: AxisRole = 'values'): Float64Array {
  if ('indices' in element) {
    const size = element.indices.length;
    const matrix = new Float64Array(size * size);
    element.indices.forEach((from, to) => {
      const scale = element.kind === 'monomial' ? element.scales[to]! : 1;
      matrix[to * size + from] = as === 'reads' ? 1 / scale : as === 'gains' ? Math.abs(scale) : scale;
    });
    return matrix;
  }
  const { matrix, size, kind } = element;
  if (as === 'gains' && kind !== 'stochastic')
    throw new BasinlabError('gains', 'a permutation, with factors or without', `an element of kind ${kind}`);
  return as === 'reads' && kind === 'invertible' ? transposed(inverse(matrix, size), size, size) : matrix;
}
