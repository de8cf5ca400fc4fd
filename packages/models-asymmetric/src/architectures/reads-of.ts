import type { GroupAxis } from '@basinlab/core';

/** The axis of weights that read units, given that of the units themselves. */
export const readsOf = (axis: GroupAxis): GroupAxis => (axis.kind === undefined ? axis : { ...axis, as: 'reads' });
