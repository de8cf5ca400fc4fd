import type { Tensor } from '@tensorflow/tfjs-core';
import type { OptimizerState, Tensors } from '../../contracts/index.js';

/** Applies one parameter's update rule to all of them; `slots` are the entries of the optimizer's state for that parameter. */
export function updateEach<S extends string>(
  params: Tensors,
  gradients: Tensors,
  state: OptimizerState,
  updateRule: (
    param: Tensor,
    gradient: Tensor,
    slots: Readonly<Record<S, Tensor>>,
    name: string,
  ) => { param: Tensor; slots: Readonly<Record<S, Tensor>> },
): { params: Tensors; state: OptimizerState } {
  const nextParams: Tensors = {};
  const nextState: OptimizerState = Object.fromEntries(Object.keys(state).map((slot) => [slot, {}]));
  for (const [name, param] of Object.entries(params)) {
    const slots = Object.fromEntries(Object.entries(state).map(([slot, values]) => [slot, values[name]!])) as Record<S, Tensor>;
    const next = updateRule(param, gradients[name]!, slots, name);
    nextParams[name] = next.param;
    for (const [slot, value] of Object.entries<Tensor>(next.slots)) nextState[slot]![name] = value;
  }
  return { params: nextParams, state: nextState };
}
