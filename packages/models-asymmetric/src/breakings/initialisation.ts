import type { Initializer, ParamSpec } from '@basinlab/core';

/** Dense weights start as N(0, 1/fanIn), three times the variance of the standard network's; other parameters as declared. */
export function wideInitialisation(spec: ParamSpec): Initializer {
  if (spec.role !== 'weight' || spec.shape.length !== 2 || spec.fanIn === undefined) return spec.init;
  return { kind: 'normal', deviation: 1 / Math.sqrt(spec.fanIn) };
}
