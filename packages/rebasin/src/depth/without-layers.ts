import { demand, type AxisSymmetry, type LayerStack, type ParamSpec, type StateSpec, type Tensors } from '@basinlab/core';
import { layerOf, type LayerPartners, type StackedModel } from './stacked-model.js';

/**
 * What is left of a model without the layers that have no partner, under the names of those that have one: of the shapes of the shallower model where widths are equal. Its function is of no use; a
 * narrower model is brought to its units. Tensors are those of the model.
 */
export function withoutLayers(model: StackedModel, layers: LayerPartners): Omit<StackedModel, 'stacks'> {
  const groupOf = renamed(model, layers);
  const kept = <S extends ParamSpec | StateSpec>(specs: readonly S[]): { readonly spec: S; readonly from: string }[] =>
    specs.flatMap((spec) => {
      const name = newName(spec.name, layers);
      return name === null ? [] : [{ spec: { ...spec, name, axes: spec.axes.map((axis) => moved(axis, groupOf)) }, from: spec.name }];
    });
  const tensors = (of: readonly { readonly spec: { readonly name: string }; readonly from: string }[], from: Tensors): Tensors =>
    Object.fromEntries(
      of.map(({ spec, from: name }) => {
        demand(from[name] !== undefined, 'deepen', `a tensor ${name}`, 'none');
        return [spec.name, from[name]!];
      }),
    );
  const [specs, stateSpecs] = [kept(model.specs), kept(model.stateSpecs)];
  return {
    specs: specs.map(({ spec }) => spec),
    stateSpecs: stateSpecs.map(({ spec }) => spec),
    params: tensors(specs, model.params),
    state: tensors(stateSpecs, model.state),
  };
}

/** The name under a layer's partner; null under a layer without one. */
function newName(name: string, layers: LayerPartners): string | null {
  const layer = layerOf(name, Object.keys(layers));
  if (layer === undefined) return name;
  const partner = layers[layer]!;
  return partner === null ? null : `${partner}${name.slice(layer.length)}`;
}

/** Names of groups: what an identity matrix that is left out has made is what it reads. */
function renamed({ specs, stacks }: StackedModel, layers: LayerPartners): (group: string) => string | null {
  const reads = new Map<string, string | null>();
  for (const { layers: own, identity } of stacks)
    for (const layer of own.filter((name) => layers[name] === null))
      for (const [out, into] of identityAxes(layer, identity, specs))
        if (out?.group !== undefined) reads.set(out.group, into?.group ?? null);
  return (group) => {
    let source: string | null = group;
    while (source !== null && reads.has(source)) source = reads.get(source)!;
    return source === null ? null : (newName(source, layers) ?? source);
  };
}

const identityAxes = (
  layer: string,
  identity: LayerStack['identity'],
  specs: readonly ParamSpec[],
): readonly (readonly [AxisSymmetry | null, AxisSymmetry | null])[] =>
  specs.flatMap(({ name, axes }) =>
    name.startsWith(`${layer}.`) && (identity as Readonly<Record<string, unknown>>)[name.slice(layer.length + 1)] === 'identity'
      ? [[axes[0]!, axes[1]!] as const]
      : [],
  );

function moved(axis: AxisSymmetry | null, groupOf: (group: string) => string | null): AxisSymmetry | null {
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
