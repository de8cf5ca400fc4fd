import type { ActivationBatch, Metric } from '@basinlab/tensor';
import { activationColumns } from './activation-columns.js';
import { inputMomentsSync, mergeInputMoments, type InputMoments } from './input-moments.js';
import { principalSubspace } from './principal-subspace.js';

type Field = ActivationBatch['columns'][number]['field'];

/** Moments of every column by its name, and where it was recorded. */
export type SubspaceState = Readonly<Record<string, { readonly field: Field; readonly moments: InputMoments }>>;

/** Adds the activations of every column to its moments. */
export function updateMoments(metric: string, state: SubspaceState, batch: ActivationBatch): SubspaceState {
  const added = activationColumns(metric, batch).map(({ name, field, tensor }) => {
    const moments = inputMomentsSync(tensor);
    const before = state[name]?.moments;
    return [name, { field, moments: before === undefined ? moments : mergeInputMoments(before, moments) }] as const;
  });
  return { ...state, ...Object.fromEntries(added) };
}

/** What tells the rows of a metric apart. */
export const labelsOf = ({ model, layer, site }: Field): Record<string, string> => ({ model, layer, site });

/**
 * Intrinsic dimension of activations: for every column the number of principal directions that hold 90% of the variance (`dimension`, 0 where the
 * activations do not vary) and the share that they hold (`explained-variance`, then NaN). Positions count as rows.
 */
export const inputSubspace: Metric<SubspaceState> = {
  id: 'input-subspace',
  inputs: ['activations'],
  range: [0, Infinity],
  init: () => ({}),
  update: (state, batch) => updateMoments('input-subspace', state, batch),
  result: (state) =>
    Object.values(state).flatMap(({ field, moments }) => {
      const { dimension, explained } = principalSubspace(moments);
      const labels = labelsOf(field);
      return [
        { name: 'dimension', value: dimension, labels },
        { name: 'explained-variance', value: explained, labels },
      ];
    }),
};
