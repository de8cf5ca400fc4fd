import { BasinlabError, demand, elementMatrix, elementSize, type GroupElement, type GroupKind } from '@basinlab/core';
import { conditionNumber, inverse, multiplyTransposed, transposed } from '@basinlab/core/linear-algebra';
import { checkAngles, composeRotated, invertRotated, rotatedTrace } from './rotated.js';

/** Largest entry by which a matrix times its transpose may differ from the identity. */
const ORTHOGONAL = 1e-4;
/** By how much a column of a soft permutation may miss 1, and an entry be below 0. */
const STOCHASTIC = 1e-3;
/** Largest condition number of a map that can be undone in single precision. */
export const CONDITION = 1e6;

/** The one element that does `first` and then `second`. */
export function composeElements(group: string, first: GroupElement, second: GroupElement): GroupElement {
  const size = elementSize(first);
  demand(size === elementSize(second), group, 'elements of one size to compose', [size, elementSize(second)]);
  if (first.kind === 'rotated' || second.kind === 'rotated') {
    const [before, after] = [first, second].map((element) => {
      if (element.kind === 'rotated' || element.kind === 'permutation') return element;
      throw new BasinlabError(group, 'permutations to compose those with turned coordinates with', `an element of kind ${element.kind}`);
    });
    return composeRotated(group, before!, after!);
  }
  if ('indices' in first && 'indices' in second) {
    const indices = second.indices.map((j) => first.indices[j]!);
    if (first.kind === 'permutation' && second.kind === 'permutation') return { kind: 'permutation', indices };
    return {
      kind: 'monomial',
      indices,
      scales: Float64Array.from(indices, (_, i) => scaleOf(second, i) * scaleOf(first, second.indices[i]!)),
    };
  }
  const kinds = [first.kind, second.kind];
  const matrix = product(elementMatrix(second), elementMatrix(first), size);
  if (kinds.includes('stochastic')) {
    const others = kinds.filter((kind) => kind !== 'stochastic' && kind !== 'permutation');
    demand(others.length === 0, group, 'permutations to compose soft permutations with', kinds.join(', '));
    return { kind: 'stochastic', size, matrix };
  }
  return { kind: [first, second].every(isOrthogonal) ? 'orthogonal' : 'invertible', size, matrix };
}

const scaleOf = (element: GroupElement, unit: number): number => (element.kind === 'monomial' ? element.scales[unit]! : 1);

/** Whether an element keeps lengths, by its kind. */
const isOrthogonal = (element: GroupElement): boolean =>
  element.kind === 'permutation' || element.kind === 'orthogonal' || (element.kind === 'monomial' && element.scales.every(isSign));

/**
 * The element that undoes another, which must be valid.
 * @throws BasinlabError for a soft permutation, which nothing undoes
 */
export function invertElement(group: string, element: GroupElement): GroupElement {
  checkElement(group, element);
  if (element.kind === 'stochastic') throw new BasinlabError(group, 'a permutation or a map that can be undone', 'a soft permutation');
  if (element.kind === 'orthogonal') return { ...element, matrix: transposed(element.matrix, element.size, element.size) };
  if (element.kind === 'invertible') return { ...element, matrix: inverse(element.matrix, element.size) };
  if (element.kind === 'rotated') return invertRotated(element);
  const indices = new Int32Array(element.indices.length);
  element.indices.forEach((from, to) => (indices[from] = to));
  if (element.kind === 'permutation') return { kind: 'permutation', indices };
  return { kind: 'monomial', indices, scales: Float64Array.from(indices, (to) => 1 / element.scales[to]!) };
}

/** The element that moves gradients of what `element` moves: its inverse, transposed. The same one for all that keeps lengths. */
export function gradientElement(element: GroupElement): GroupElement {
  if (element.kind === 'monomial') return { ...element, scales: element.scales.map((scale) => 1 / scale) };
  return element.kind === 'invertible' ? { ...element, matrix: elementMatrix(element, 'reads') } : element;
}

/** How far an element is from moving nothing: Frobenius norm of its matrix less the identity. Coordinates of a unit that are turned count together as one. */
export function distanceToIdentity(element: GroupElement): number {
  if (element.kind === 'rotated') return Math.sqrt(Math.max(0, 2 * (elementSize(element) - rotatedTrace(element))));
  const [matrix, size] = [elementMatrix(element), elementSize(element)];
  return Math.sqrt(matrix.reduce((sum, value, at) => sum + (value - (at % (size + 1) === 0 ? 1 : 0)) ** 2, 0));
}

/** Equal for elements that do the same, of one kind. */
export function elementKey(element: GroupElement): string {
  if (!('indices' in element)) return element.matrix.join();
  const more = element.kind === 'monomial' ? element.scales : element.kind === 'rotated' ? element.angles : [];
  return `${element.indices.join()};${more.join()}`;
}

/** Kinds of elements that groups of a kind have. */
const allowed: Readonly<Record<GroupKind, readonly GroupElement['kind'][]>> = {
  permutation: ['permutation', 'stochastic'],
  'signed-permutation': ['permutation', 'stochastic', 'monomial'],
  'scaled-permutation': ['permutation', 'stochastic', 'monomial'],
  'rotated-permutation': ['permutation', 'stochastic', 'rotated'],
  'nested-permutation': ['permutation', 'stochastic'],
  orthogonal: ['permutation', 'stochastic', 'monomial', 'orthogonal'],
  invertible: ['permutation', 'stochastic', 'monomial', 'orthogonal', 'invertible'],
};

const isSign = (scale: number): boolean => Math.abs(scale) === 1;

/** Factors of units that groups of a kind have. */
const allowedScales: Readonly<Record<GroupKind, (scale: number) => boolean>> = {
  permutation: (scale) => scale === 1,
  'signed-permutation': isSign,
  'scaled-permutation': (scale) => scale > 0,
  'rotated-permutation': (scale) => scale === 1,
  'nested-permutation': (scale) => scale === 1,
  orthogonal: isSign,
  invertible: Number.isFinite,
};

/** @throws BasinlabError for an element that groups of a kind do not have */
export function checkKind(group: string, kind: GroupKind, element: GroupElement): void {
  demand(allowed[kind].includes(element.kind), group, `an element of a group of kind ${kind}`, `one of kind ${element.kind}`);
  if (element.kind !== 'monomial') return;
  const wrong = element.scales.findIndex((scale) => !allowedScales[kind](scale));
  demand(wrong < 0, group, `factors of a group of kind ${kind}`, `${element.scales[wrong]} at ${wrong}`);
}

/** @throws BasinlabError unless indices hold every index once, angles are of whole planes, and a matrix is what its kind says: square, finite, and orthogonal, invertible, or of columns that sum to 1 */
export function checkElement(group: string, element: GroupElement): void {
  if ('indices' in element) {
    checkPermutation(group, element.indices);
    if (element.kind === 'monomial') checkScales(group, element.scales, element.indices.length);
    if (element.kind === 'rotated') checkAngles(group, element);
    return;
  }
  const { matrix, size } = element;
  demand(matrix.length === size * size, group, `a matrix of ${size} x ${size} numbers`, matrix.length);
  if (element.kind === 'stochastic') {
    checkStochastic(group, matrix, size);
    return;
  }
  if (element.kind === 'invertible') {
    const condition = conditionNumber(matrix, size);
    demand(condition <= CONDITION, group, `a matrix with a condition number of at most ${CONDITION}`, String(condition));
    return;
  }
  const gram = multiplyTransposed(matrix, matrix, size, size, size);
  const off = gram.reduce((most, value, at) => Math.max(most, Math.abs(value - (at % (size + 1) === 0 ? 1 : 0))), 0);
  // Not the other way round: NaN must be refused.
  demand(off <= ORTHOGONAL, group, `an orthogonal matrix, whose product with its transpose is the identity within ${ORTHOGONAL}`, off);
}

/** @throws BasinlabError unless the units of a nest come from one nest, which gives them to no other */
export function checkNests(group: string, nest: number, element: GroupElement): void {
  const [sourceOf, takerOf] = [new Map<number, number>(), new Map<number, number>()];
  const check = (to: number, from: number): void => {
    const [taker, source] = [Math.floor(to / nest), Math.floor(from / nest)];
    const isKept = (sourceOf.get(taker) ?? source) === source && (takerOf.get(source) ?? taker) === taker;
    demand(isKept, group, `nests of ${nest} units that stay together`, `unit ${from} in place ${to}`);
    sourceOf.set(taker, source);
    takerOf.set(source, taker);
  };
  if ('indices' in element) element.indices.forEach((from, to) => check(to, from));
  else element.matrix.forEach((value, at) => value !== 0 && check(Math.floor(at / element.size), at % element.size));
}

function checkScales(group: string, scales: Float64Array, size: number): void {
  demand(scales.length === size, group, `a factor for each of ${size} units`, scales.length);
  const wrong = scales.findIndex((scale) => !(Math.abs(scale) > 0 && Number.isFinite(scale)));
  demand(wrong < 0, group, 'factors that are finite and not 0', `${scales[wrong]} at ${wrong}`);
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
