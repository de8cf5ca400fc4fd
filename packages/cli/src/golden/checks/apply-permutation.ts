import { applyTransformToArrays, permutations } from '@basinlab/rebasin';
import type { SymmetryTransform } from '@basinlab/core';
import { fromReferenceName } from '@basinlab/models-asymmetric';
import type { GoldenCheck, GoldenFixture, GoldenTensor } from '../contract.js';
import { inputOf, inputsUnder, permutationSpecs, toDevice } from '../inputs.js';
import { referenceMlp } from './reference-mlp.js';

/** Tensors of the fixture's table `axes_to_perm` after a transform of its permutations, by name. */
export function permuted(
  fixture: GoldenFixture,
  tensors: Readonly<Record<string, GoldenTensor>>,
  transform: SymmetryTransform,
): Record<string, Float32Array> {
  const specs = permutationSpecs(fixture, tensors);
  const arrays = Object.fromEntries(specs.map(({ name }) => [name, Float32Array.from(tensors[name]!.data)]));
  return applyTransformToArrays(specs, arrays, transform);
}

/** Given permutations applied to a network: its parameters, and its logits, which stay. */
export const applyPermutation: GoldenCheck = {
  kinds: ['apply_permutation'],
  unsupported: ({ inputs }) =>
    Object.keys(inputs).every((name) => !name.startsWith('params.') || fromReferenceName(name.slice('params.'.length)) !== null)
      ? undefined
      : 'needs the architecture resnet20',
  async compute(fixture) {
    const given = Object.entries(inputsUnder(fixture, 'perm.')).map(([name, { data }]) => [name, Int32Array.from(data)] as const);
    const params = inputsUnder(fixture, 'params.');
    const after = permuted(fixture, params, permutations(given));
    const inputs = Object.fromEntries(
      Object.entries(after).map(([name, data]) => [name, { shape: params[name]!.shape, dtype: 'float32' as const, data }]),
    );
    const { network, variables } = referenceMlp({ ...fixture, parameters: { symmetry: 0, ...fixture.parameters }, inputs });
    const x = toDevice(inputOf(fixture, 'x'));
    const { logits } = network.apply(variables, x);
    const values = await logits.data();
    return { ...Object.fromEntries(Object.entries(after).map(([name, data]) => [`permuted.${name}`, data])), logits: values };
  },
};
