import type { Measurement, MeasurementNeeds, SubjectKind } from '../contracts/index.js';

/**
 * A measurement, typed: what `measure` is given follows from `needs`, so that asking for weights in the declaration is what puts `network` and
 * `variables` within reach.
 *
 * ```ts
 * export const weightNorm = defineMeasurement({
 *   id: 'weight-norm',
 *   summary: 'Euclidean norm of all parameters',
 *   of: 'model',
 *   needs: { weights: 'standard' },
 *   options: z.strictObject({}),
 *   columns: [{ name: 'norm', summary: 'length of the parameter vector', role: 'value', type: 'number', range: [0, Infinity] }],
 *   measure: async ({ variables }) => [{ norm: await l2Norm(variables.params) }],
 * });
 * ```
 */
export function defineMeasurement<O, const K extends SubjectKind, const N extends MeasurementNeeds>(
  measurement: Measurement<O, K, N>,
): Measurement {
  return measurement as unknown as Measurement;
}

/** What a measurement needs with these options. */
export function needsOf({ needs }: Measurement, options: unknown): MeasurementNeeds {
  return typeof needs === 'function' ? needs(options) : needs;
}
