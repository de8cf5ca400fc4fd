import type { GroupElement, Optimizer, OptimizerState, SymmetryTransform } from '@basinlab/core';
import { applyTransform } from './apply.js';
import type { AxisSpec } from './axis-spec.js';

/**
 * What an optimizer keeps of a model, moved with it, as new tensors: momenta as parameters; squares of gradients by the squared entries of the element. Training goes on
 * as if the model had always been so: exactly under permutations, and under rotations but for what those squares do not tell, how gradients of turned
 * coordinates go together.
 * @param optimizer whose state it is; slots that hold some parameters only are moved so far
 */
export function moveOptimizerState(
  specs: readonly AxisSpec[],
  { squares = [] }: Pick<Optimizer, 'squares'>,
  state: OptimizerState,
  transform: SymmetryTransform,
): OptimizerState {
  const squared = Object.fromEntries(Object.entries(transform).map(([group, element]) => [group, squaredElement(element)]));
  return Object.fromEntries(
    Object.entries(state).map(([slot, tensors]) => [slot, applyTransform(specs, tensors, squares.includes(slot) ? squared : transform)]),
  );
}

/** With every entry of the matrix squared: rows and columns of a rotation then sum to 1. */
const squaredElement = (element: GroupElement): GroupElement =>
  element.kind === 'permutation'
    ? element
    : { kind: 'stochastic', size: element.size, matrix: element.matrix.map((entry) => entry * entry) };
