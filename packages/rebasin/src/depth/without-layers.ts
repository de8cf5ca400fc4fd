import { demand, type AxisSymmetry, type ParamSpec, type PermutationElement, type StateSpec, type Tensors } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';
import { solveAssignment } from '../lap/index.js';
import { applyTransform } from '../transform/index.js';
import { layerOf, type LayerPartners, type StackedModel } from './stacked-model.js';

/**
 * What is left of a model without the layers that have no partner, under the names of those that have one: of the shapes of the shallower model where widths are equal. Its function is of no use; a
 * narrower model is brought to its units. Where a layer that is left out would be an identity matrix, what reads its units reads those that it reads, in the order of the permutation that comes closest to
 * its matrix.
 * @returns new tensors
 */
export async function withoutLayers(model: StackedModel, layers: LayerPartners): Promise<Omit<StackedModel, 'stacks'>> {
  const orders = await ordersOf(model, layers);
  const groupOf = (group: string): string | null => {
    const source = orders.has(group) ? orders.get(group)!.source : group;
    return source === null ? null : (newName(source, layers) ?? source);
  };
  const transform = Object.fromEntries(
    Array.from(orders, ([group, { indices }]): [string, PermutationElement] => [group, { kind: 'permutation', indices }]),
  );
  const kept = <S extends ParamSpec | StateSpec>(specs: readonly S[]): { readonly spec: S; readonly name: string }[] =>
    specs.flatMap((spec) => {
      const name = newName(spec.name, layers);
      return name === null ? [] : [{ spec, name }];
    });
  const renamed = <S extends ParamSpec | StateSpec>(of: readonly { readonly spec: S; readonly name: string }[]): S[] =>
    of.map(({ spec, name }) => ({ ...spec, name, axes: spec.axes.map((axis) => regrouped(axis, groupOf)) }));
  const tensors = (of: readonly { readonly spec: ParamSpec | StateSpec; readonly name: string }[], from: Tensors): Tensors => {
    for (const { spec } of of) demand(from[spec.name] !== undefined, 'enlarge', `a tensor ${spec.name}`, 'none');
    const own = Object.fromEntries(of.map(({ spec }) => [spec.name, from[spec.name]!]));
    const moved = applyTransform(
      of.map(({ spec }) => spec),
      own,
      transform,
    );
    return Object.fromEntries(of.map(({ spec, name }) => [name, moved[spec.name]!]));
  };
  const [ofParams, ofState] = [kept(model.specs), kept(model.stateSpecs)];
  return {
    ...{ specs: renamed(ofParams), stateSpecs: renamed(ofState) },
    ...tf.tidy(() => ({ params: tensors(ofParams, model.params), state: tensors(ofState, model.state) })),
  };
}

/** The name under a layer's partner; null under a layer without one. */
function newName(name: string, layers: LayerPartners): string | null {
  const layer = layerOf(name, Object.keys(layers));
  if (layer === undefined) return name;
  const partner = layers[layer]!;
  return partner === null ? null : `${partner}${name.slice(layer.length)}`;
}

/** Units that a left out layer would pass on: the group that it reads, and which of its units takes the place of each of those. */
interface PassedOn {
  /** Null: inputs. */
  readonly source: string | null;
  /** new[i] = old[indices[i]] brings what belongs to units of the layer to the order of those that it reads. */
  readonly indices: Int32Array;
}

/** By group, of the layers that are left out and would be identity matrices, in order. */
async function ordersOf({ specs, stacks, params }: StackedModel, layers: LayerPartners): Promise<ReadonlyMap<string, PassedOn>> {
  const orders = new Map<string, PassedOn>();
  for (const { layers: own, identity } of stacks)
    for (const layer of own.filter((name) => layers[name] === null))
      for (const { name, axes, shape } of specs) {
        if (!name.startsWith(`${layer}.`) || (identity as Readonly<Record<string, unknown>>)[name.slice(layer.length + 1)] !== 'identity')
          continue;
        const [out, into] = [axes[0]?.group, axes[1]?.group ?? null];
        if (out === undefined) continue;
        const [size] = shape as [number];
        const { columnOf } = solveAssignment(await params[name]!.data(), { rows: size, columns: size, maximise: true });
        const takes = new Int32Array(size);
        columnOf.forEach((from, unit) => (takes[from] = unit));
        const before = into === null ? undefined : orders.get(into);
        const indices = before === undefined ? takes : before.indices.map((unit) => takes[unit]!);
        orders.set(out, { source: before === undefined ? into : before.source, indices });
      }
  return orders;
}

function regrouped(axis: AxisSymmetry | null, groupOf: (group: string) => string | null): AxisSymmetry | null {
  if (axis === null) return null;
  if (axis.group !== undefined) {
    const group = groupOf(axis.group);
    return group === null ? null : { ...axis, group };
  }
  return {
    segments: axis.segments.map((factors) =>
      factors.map((factor) => (factor.group === null ? factor : { ...factor, group: groupOf(factor.group) })),
    ),
  };
}
