import { applyTransform, applyTransformToArrays, permutations } from '@basinlab/rebasin';
import type { Network, SymmetryTransform, Variables } from '@basinlab/core';
import { fromReferenceName } from '@basinlab/models-asymmetric';
import type { GoldenCheck, GoldenFixture, GoldenTensor } from '../contract.js';
import { inputOf, inputsUnder, permutationSpecs, toDevice } from '../inputs.js';
import { referenceMlp } from './reference-mlp.js';
import { imagesOf, referenceResnet } from './reference-resnet.js';

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

/** The transform with the network's group names in place of the fixture's, told from the axes on which both act; inputs start with `prefix`. */
export function underOurNames(fixture: GoldenFixture, prefix: string, network: Network, transform: SymmetryTransform): SymmetryTransform {
  const names = new Map<string, string>();
  for (const { name, axes } of permutationSpecs(fixture, inputsUnder(fixture, prefix))) {
    const ours = network.params.find((spec) => spec.name === fromReferenceName(name)?.name);
    axes.forEach((axis, k) => {
      const group = ours?.axes[k]?.group;
      if (axis?.group !== undefined && group !== undefined) names.set(axis.group, group);
    });
  }
  return Object.fromEntries(Object.entries(transform).map(([group, element]) => [names.get(group) ?? group, element]));
}

/** Given permutations applied to a network: its parameters, and its logits, which stay. */
export const applyPermutation: GoldenCheck = {
  kinds: ['apply_permutation'],
  async compute(fixture) {
    const given = Object.entries(inputsUnder(fixture, 'perm.')).map(([name, { data }]) => [name, Int32Array.from(data)] as const);
    const transform = permutations(given);
    const after = permuted(fixture, inputsUnder(fixture, 'params.'), transform);
    const isMlp = fixture.inputs['params.lins.0.weight'] !== undefined;
    const { network, variables } = isMlp
      ? referenceMlp({ ...fixture, parameters: { symmetry: 0, ...fixture.parameters } }, 'params.')
      : referenceResnet(fixture, 'params.');
    const ours = underOurNames(fixture, 'params.', network, transform);
    const moved: Variables = {
      params: applyTransform(network.params, variables.params, ours),
      state: applyTransform(network.state, variables.state, ours),
      constants: variables.constants,
    };
    const { logits } = network.apply(moved, isMlp ? toDevice(inputOf(fixture, 'x')) : imagesOf(fixture, 'x'));
    const values = await logits.data();
    return { ...Object.fromEntries(Object.entries(after).map(([name, data]) => [`permuted.${name}`, data])), logits: values };
  },
};
