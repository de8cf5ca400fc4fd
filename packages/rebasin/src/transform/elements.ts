import { BasinlabError, demand, elementMatrix, elementSize, type GroupElement } from '@basinlab/core';
import { multiplyTransposed, transposed } from '@basinlab/core/linear-algebra';

/** Largest entry by which a matrix times its transpose may differ from the identity. */
const ORTHOGONAL = 1e-4;
/** By how much a column of a soft permutation may miss 1, and an entry be below 0. */
const STOCHASTIC = 1e-3;

/** The one element that does `first` and then `second`. */
export function composeElements(group: string, first: GroupElement, second: GroupElement): GroupElement {
  const size = elementSize(first);
  demand(size === elementSize(second), group, 'elements of one size to compose', [size, elementSize(second)]);
  if (first.kind === 'permutation' && second.kind === 'permutation') {
    return { kind: 'permutation', indices: second.indices.map((j) => first.indices[j]!) };
  }
  const kinds = [first.kind, second.kind];
  const isSoft = kinds.includes('stochastic');
  demand(!isSoft || !kinds.includes('orthogonal'), group, 'permutations to compose soft permutations with', kinds.join(', '));
  return { kind: isSoft ? 'stochastic' : 'orthogonal', size, matrix: product(elementMatrix(second), elementMatrix(first), size) };
}

/**
 * The element that undoes another, which must be valid.
 * @throws BasinlabError for a soft permutation, which nothing undoes
 */
export function invertElement(group: string, element: GroupElement): GroupElement {
  checkElement(group, element);
  if (element.kind === 'stochastic') throw new BasinlabError(group, 'a permutation or a rotation to undo', 'a soft permutation');
  if (element.kind === 'orthogonal') return { ...element, matrix: transposed(element.matrix, element.size, element.size) };
  const inverse = new Int32Array(element.indices.length);
  element.indices.forEach((from, to) => (inverse[from] = to));
  return { kind: 'permutation', indices: inverse };
}

/** How far an element is from moving nothing: Frobenius norm of its matrix less the identity. */
export function distanceToIdentity(element: GroupElement): number {
  const [matrix, size] = [elementMatrix(element), elementSize(element)];
  return Math.sqrt(matrix.reduce((sum, value, at) => sum + (value - (at % (size + 1) === 0 ? 1 : 0)) ** 2, 0));
}

/** @throws BasinlabError unless indices hold every index once, or a matrix is finite, square and orthogonal, or has columns that sum to 1 */
export function checkElement(group: string, element: GroupElement): void {
  if (element.kind === 'permutation') {
    checkPermutation(group, element.indices);
    return;
  }
  const { matrix, size } = element;
  demand(matrix.length === size * size, group, `a matrix of ${size} x ${size} numbers`, matrix.length);
  if (element.kind === 'stochastic') {
    checkStochastic(group, matrix, size);
    return;
  }
  const gram = multiplyTransposed(matrix, matrix, size, size, size);
  const off = gram.reduce((most, value, at) => Math.max(most, Math.abs(value - (at % (size + 1) === 0 ? 1 : 0))), 0);
  // Not the other way round: NaN must be refused.
  demand(off <= ORTHOGONAL, group, `an orthogonal matrix, whose product with its transpose is the identity within ${ORTHOGONAL}`, off);
}

function checkStochastic(group: string, matrix: Float64Array, size: number): void {
  const sums = new Float64Array(size);
  matrix.forEach((value, at) => {
    // Not the other way round: NaN must be refused.
    demand(value >= -STOCHASTIC, group, 'no negative numbers in a soft permutation', value);
    sums[at % size]! += value;
  });
  sums.forEach((sum, column) =>
    demand(Math.abs(sum - 1) <= STOCHASTIC, group, 'columns of a soft permutation that sum to 1', `${sum} in column ${column}`),
  );
}

/** @throws BasinlabError unless `indices` holds every index below its length once */
export function checkPermutation(group: string, indices: Int32Array): void {
  const seen = new Uint8Array(indices.length);
  indices.forEach((index, at) => {
    demand(index >= 0 && index < indices.length, group, `indices in [0, ${indices.length})`, `${index} at ${at}`);
    demand(seen[index] === 0, group, 'every index once', `${index} again at ${at}`);
    seen[index] = 1;
  });
}

/** a b, [size, size] row-major. */
const product = (a: Float64Array, b: Float64Array, size: number): Float64Array =>
  multiplyTransposed(a, transposed(b, size, size), size, size, size);
