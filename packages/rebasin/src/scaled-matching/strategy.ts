import type { AlignmentContext, GroupElement, ParamSpec, RebasinStrategy, SymmetryTransform, Tensors } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { applyTransformToArrays, groupKinds, withGroups } from '../transform/index.js';
import { matchWeights } from '../weight-matching/index.js';
import { balanceUnits, matchScaling, type HostParams } from './match-scaling.js';

/** Options of `scaled-matching`. */
export interface ScaledMatchingOptions {
  /** Descents of weight matching, of which the best is kept. Default 10. */
  readonly restarts?: number;
  /** Passes of rescaling over all groups. Default 30. */
  readonly sweeps?: number;
}

/** Models and how they are searched. */
interface MatchScaledOptions extends ScaledMatchingOptions, Pick<AlignmentContext, 'specs' | 'key'> {
  readonly signal?: AbortSignal | undefined;
}

const count = z.number().int().positive();
const schema = z.strictObject({
  restarts: count.default(10).describe('descents, of which the best is kept'),
  sweeps: count.default(30).describe('passes of rescaling over all groups'),
});

/**
 * Weight matching for units that may be scaled, before positively homogeneous activations: models are compared in balanced form, the scaling of least norm, because
 * weight matching would not recognise rescaled units; then every unit gets the factor that brings it closest. Where two models lie on one orbit the distance
 * afterwards is 0 up to rounding. Other groups are permuted. Needs no data.
 */
export function scaledMatching({ restarts = 10, sweeps = 30 }: ScaledMatchingOptions = {}): RebasinStrategy {
  return {
    id: 'scaled-matching',
    summary: 'Permutes units and scales those that ReLU lets be scaled, so that weights come close: weight matching of balanced models',
    needs: 'weights',
    settings: { schema, configure: (settings) => scaledMatching(schema.parse(settings)) },
    align: (a, b, { specs, key, signal }) => matchScaled(a.params, b.params, { specs, key, restarts, sweeps, signal }),
  };
}

/** What `scaled-matching` finds. */
export async function matchScaled(
  a: Tensors,
  b: Tensors,
  { specs, key, restarts = 10, sweeps = 30, signal }: MatchScaledOptions,
): Promise<SymmetryTransform> {
  const kinds = groupKinds(specs);
  const scaled = withGroups(specs, (group) => kinds.get(group) === 'scaled-permutation');
  const [pointA, pointB] = await Promise.all([hostParams(a), hostParams(b)]);
  const [balancedA, balancedB] = [pointA, pointB].map((point) => upload(specs, balanceUnits(scaled, point, sweeps)));
  try {
    const { transform } = await matchWeights(balancedA!, balancedB!, { specs, key, restarts, ...(signal && { signal }) });
    const { scaling } = matchScaling(scaled, pointA, applyTransformToArrays(specs, pointB, transform), { sweeps });
    return withScales(transform, scaling);
  } finally {
    tf.dispose([balancedA!, balancedB!]);
  }
}

async function hostParams(params: Tensors): Promise<HostParams> {
  const entries = Object.entries(params).map(async ([name, tensor]) => [name, Float64Array.from(await tensor.data())] as const);
  return Object.fromEntries(await Promise.all(entries));
}

const upload = (specs: readonly ParamSpec[], point: HostParams): Record<string, tf.Tensor> =>
  Object.fromEntries(specs.map(({ name, shape }) => [name, tf.tensor(Float32Array.from(point[name]!), [...shape])]));

const withScales = (transform: SymmetryTransform, scaling: Readonly<Record<string, ArrayLike<number>>>): SymmetryTransform =>
  Object.fromEntries(
    Object.entries(transform).map(([group, element]): [string, GroupElement] => {
      const scales = scaling[group];
      return scales === undefined || element.kind !== 'permutation'
        ? [group, element]
        : [group, { kind: 'monomial', indices: element.indices, scales: Float64Array.from(scales) }];
    }),
  );
