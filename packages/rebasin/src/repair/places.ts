import type { Network, Site } from '@basinlab/core';

/** Where the statistics of a layer's units can be set, and by which parameters: value = gain * (whatever it was) + offset. */
export interface RepairPlace {
  readonly layer: string;
  readonly site: Site;
  /** The units scale with it. */
  readonly gain: string;
  /** The axis of the gain that counts the units. Default 0. */
  readonly gainAxis?: number;
  /** [units]; added to the units last. */
  readonly offset: string;
}

/**
 * The places of a network, by the names of its parameters: `<layer>.norm.weight` and `.bias` set what comes out of a norm, and where there is no
 * norm with a gain, `<layer>.linear` or `<layer>.conv` set what comes out of the linear map. Layers without a bias of either kind are left out,
 * and so is the output, whose units have no symmetry group.
 */
export function repairPlaces(network: Network): RepairPlace[] {
  const moves = new Map(network.params.map(({ name, axes }) => [name, axes[0] != null]));
  const kinds = [
    { part: 'norm', site: 'post-norm' },
    { part: 'linear', site: 'post-linear' },
    { part: 'conv', site: 'post-linear' },
  ] as const;
  const layers = [...new Set(network.params.map(({ name }) => name.split('.').slice(0, -2).join('.')))];
  return layers.flatMap((layer) => {
    for (const { part, site } of kinds) {
      const [gain, offset] = [`${layer}.${part}.weight`, `${layer}.${part}.bias`];
      if (moves.get(gain) === true && moves.has(offset)) return [{ layer, site, gain, offset }];
    }
    return [];
  });
}
