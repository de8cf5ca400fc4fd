import { evenly } from '@basinlab/core';
import { certify, measureCurve, pointDistance, straightLine } from '../curves/index.js';
import type { Certificate, Curve, CurveGeometry } from '../curves/index.js';
import { estimateLipschitz, lossAlong } from './along.js';
import type { LipschitzOptions, LossAlong } from './along.js';
import type { Landscape } from './landscape.js';

/** Points, quadrature and tolerances of the certificate of a chord. */
export interface ChordOptions {
  /** Points at which the loss is measured on the curve and on its chord, ends included. Default 11. */
  readonly points?: number;
  /** Steps in which curvature and length are measured. Default 16. */
  readonly intervals?: number;
  readonly lipschitz?: LipschitzOptions;
  /** Change of the loss along the curve that counts as none. Default 1e-4 of the loss, at least 1e-6: what float32 leaves of a symmetry. */
  readonly lossTolerance?: number;
}

/** What theorem 6.2 promises for the straight line between the ends of a curve, and what was measured on it. */
export interface ChordCertificate extends Certificate, CurveGeometry {
  /** Distance of the ends. */
  readonly chord: number;
  /** Largest gradient norm found between chord and curve; see `estimateLipschitz`. */
  readonly lipschitz: number;
  /** Largest change of the loss along the curve: 0 but for rounding, where the curve is one of a symmetry. */
  readonly lossChange: number;
  /** Largest change of the loss along the straight line, which `epsilon` bounds where the certificate applies. */
  readonly barrier: number;
  readonly curve: LossAlong;
  readonly straight: LossAlong;
}

/**
 * Certifies that linear interpolation between the ends of a curve stays within `epsilon` of their loss (arXiv 2505.23681, theorem 6.2), with the
 * hypotheses checked, and measures the barrier beside it. Curvature and length are measured, the Lipschitz constant is an estimate.
 */
export async function certifyChord(landscape: Landscape, curve: Curve, options: ChordOptions = {}): Promise<ChordCertificate> {
  const { points = 11, intervals = 16 } = options;
  const times = evenly(points);
  const [start, end] = [curve.at(0), curve.at(1)];
  const onCurve = await lossAlong(landscape, curve, times);
  const straight = await lossAlong(landscape, straightLine(start, end), times);
  const loss = onCurve.loss[0]!;
  const change = (path: LossAlong): number => Math.max(...path.loss.map((value) => Math.abs(value - loss)));
  const geometry = measureCurve(curve, intervals);
  const input = {
    curvature: geometry.maximalCurvature,
    length: geometry.length,
    chord: pointDistance(start, end),
    loss,
    lossChange: change(onCurve),
    lossTolerance: options.lossTolerance ?? Math.max(1e-6, 1e-4 * Math.abs(loss)),
    lipschitz: await estimateLipschitz(landscape, curve, options.lipschitz),
  };
  const { chord, lossChange, lipschitz } = input;
  return { ...certify(input), ...geometry, chord, lossChange, lipschitz, barrier: change(straight), curve: onCurve, straight };
}
