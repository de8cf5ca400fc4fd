import type { Optimizer, OptimizerState, SymmetryTransform } from '@basinlab/core';
import { applySquaredTransform, applyTransform } from './apply.js';
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
  const gradients: SymmetryTransform = Object.fromEntries(
    Object.entries(transform).map(([group, element]) => [group, gradientElement(element)]),
  );
  return Object.fromEntries(
    Object.entries(state).map(([slot, tensors]) => {
      const move = squares.includes(slot) ? applySquaredTransform : applyTransform;
      return [slot, move(specs, tensors, gradients)];
    }),
  );
}
