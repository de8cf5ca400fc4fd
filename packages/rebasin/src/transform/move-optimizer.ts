import { elementMatrix, elementSize, type GroupElement, type Optimizer, type OptimizerState, type SymmetryTransform } from '@basinlab/core';
import { applyTransform } from './apply.js';
import type { AxisSpec } from './axis-spec.js';
import { gradientElement } from './elements.js';

/**
 * What an optimizer keeps of a model, moved with it, as new tensors: momenta as gradients; squares of gradients by the squared entries of the same element. Training goes on
 * as if the model had always been so: exactly under permutations, with signs or without, and under rotations but for what those squares do not tell, how gradients of turned
 * coordinates go together. Other maps change the way of an optimizer: it goes on, but elsewhere.
 * @param optimizer whose state it is; slots that hold some parameters only are moved so far
 */
export function moveOptimizerState(
  specs: readonly AxisSpec[],
  { squares = [] }: Pick<Optimizer, 'squares'>,
  state: OptimizerState,
  transform: SymmetryTransform,
): OptimizerState {
  const mapped = (f: (element: GroupElement) => GroupElement): SymmetryTransform =>
    Object.fromEntries(Object.entries(transform).map(([group, element]) => [group, f(gradientElement(element))]));
  const [plain, squared] = [mapped((element) => element), mapped(squaredElement)];
  return Object.fromEntries(
    Object.entries(state).map(([slot, tensors]) => [slot, applyTransform(specs, tensors, squares.includes(slot) ? squared : plain)]),
  );
}

/** With every entry of the matrix squared: rows and columns of a rotation then sum to 1. */
function squaredElement(element: GroupElement): GroupElement {
  if (element.kind === 'permutation') return element;
  if (element.kind === 'monomial') {
    const isSigned = element.scales.every((scale) => Math.abs(scale) === 1);
    const { indices, scales } = element;
    return isSigned ? { kind: 'permutation', indices } : { kind: 'monomial', indices, scales: scales.map((scale) => scale * scale) };
  }
  const [size, matrix] = [elementSize(element), elementMatrix(element).map((entry) => entry * entry)];
  return { kind: element.kind === 'invertible' ? 'invertible' : 'stochastic', size, matrix };
}
