import { demand, elementSize, type GroupElement } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import { z } from 'zod';
import { groupSizes } from './axis-spec.js';
import { distanceToIdentity } from './elements.js';
import { rotationAngles } from './rotation-angles.js';

const options = z.strictObject({
  groups: z.array(z.string()).default([]).describe('symmetry groups whose elements are looked at; none named: all of the network'),
});

/** How far an alignment turns the units of groups; not at all where it left them out, or where there was none. See {@link rotationAngles}. */
export const rotationAnglesMeasurement = defineMeasurement({
  id: 'rotation-angles',
  summary: 'Angles by which an alignment turns the units of a group, such as the residual stream',
  of: 'pair',
  options,
  needs: { weights: 'standard' },
  columns: [
    { name: 'group', summary: 'symmetry group that is turned', role: 'axis', type: 'text' },
    {
      name: 'share',
      summary: 'place among the angles, smallest first, from 0 to 1; empty for the group as a whole',
      role: 'axis',
      type: 'number',
    },
    { name: 'angle', summary: 'of an eigenvalue', role: 'value', type: 'number', unit: 'rad', range: [0, Math.PI] },
    {
      ...{ name: 'distance', summary: 'Frobenius distance to the identity over the root of twice the units: 1 for a random rotation' },
      ...{ role: 'value', type: 'number', range: [0, Math.SQRT2] },
    },
  ],
  plots: [{ kind: 'lines', title: 'Angles', x: 'share', y: 'angle', series: 'alignment' }],
  async measure({ transform = {} }, { groups }, { network }) {
    const sizes = groupSizes(network.params);
    return (groups.length === 0 ? [...sizes.keys()] : groups).flatMap((group) => {
      const size = sizes.get(group);
      demand(size !== undefined, 'rotation-angles', `a group among ${[...sizes.keys()].join(', ')}`, group);
      const stays: GroupElement = { kind: 'permutation', indices: Int32Array.from({ length: size! }, (_, i) => i) };
      const element = transform[group] ?? stays;
      const angles = rotationAngles(element);
      const share = (place: number): number => (angles.length === 1 ? 0 : place / (angles.length - 1));
      return [
        { group, distance: distanceToIdentity(element) / Math.sqrt(2 * elementSize(element)) },
        ...Array.from(angles, (angle, place) => ({ group, share: share(place), angle })),
      ];
    });
  },
});
