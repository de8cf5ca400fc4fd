import { demand } from '@basinlab/core';

// A chord of a curve that bends little stays close to it. If the loss is constant on the curve, it can then change on the chord only as fast as
// it changes at all: a bound on the barrier of linear interpolation without evaluating it (arXiv 2505.23681, theorem 6.2). The bound needs a
// short arc: the long way round a circle has the same chord and the same curvature, but leaves it by more than the sagitta.

/** What the theorem asks, and whether it holds. */
export interface Hypothesis {
  readonly name: 'curvature times chord at most 2' | 'arc at most half a circle' | 'loss constant on the curve';
  readonly holds: boolean;
  /** The left side and the right side of what must hold. */
  readonly value: number;
  readonly limit: number;
}

/** Largest distance of a chord of length d from an arc of curvature at most k: (1 - sqrt(1 - (k d / 2)^2)) / k, about k d^2 / 8. NaN for k d > 2. */
export function sagitta(curvature: number, chord: number): number {
  demand(curvature >= 0 && chord >= 0, 'sagitta', 'a curvature and a chord of 0 or more', [curvature, chord]);
  const half = (curvature * chord) / 2;
  // As half^2 / (1 + sqrt(1 - half^2)), which does not cancel for flat arcs.
  return curvature === 0 ? 0 : half ** 2 / (curvature * (1 + Math.sqrt(1 - half ** 2)));
}

/** What is known of a curve of constant loss and of the loss near it. */
export interface CertificateInput {
  /** Largest curvature of the curve, its length, and the distance of its ends. */
  readonly curvature: number;
  readonly length: number;
  readonly chord: number;
  /** Largest change of the loss along the curve that counts as none. Default 1e-6 of the loss, at least 1e-9. */
  readonly lossTolerance?: number;
  /** Loss at the start, and its largest change along the curve. */
  readonly loss: number;
  readonly lossChange: number;
  /** Lipschitz constant of the loss between chord and curve, as far as it is known: a sampled gradient norm gives an estimate, no proof. */
  readonly lipschitz: number;
}

/** Whether the loss on a chord is bounded by that on a curve beside it, and the bound. */
export interface Certificate {
  readonly hypotheses: readonly Hypothesis[];
  /** All hold. */
  readonly applies: boolean;
  /** Largest distance of the chord from the curve; Infinity where the theorem does not apply. */
  readonly distance: number;
  /** Linear interpolation stays within this of the loss at the ends: lipschitz * distance plus the change along the curve. */
  readonly epsilon: number;
}

/** Bounds the loss on the straight line between the ends of a curve of constant loss. arXiv 2505.23681, theorem 6.2. */
export function certify(input: CertificateInput): Certificate {
  const { curvature, length, chord, loss, lossChange, lipschitz } = input;
  const lossTolerance = input.lossTolerance ?? Math.max(1e-9, 1e-6 * Math.abs(loss));
  const compare = (name: Hypothesis['name'], value: number, limit: number): Hypothesis => ({
    name,
    value,
    limit,
    holds: value <= limit * (1 + 1e-12),
  });
  const hypotheses = [
    compare('curvature times chord at most 2', curvature * chord, 2),
    compare('arc at most half a circle', length, curvature === 0 ? Infinity : Math.PI / curvature),
    compare('loss constant on the curve', lossChange, lossTolerance),
  ];
  const applies = hypotheses.every(({ holds }) => holds);
  const distance = applies ? sagitta(Math.min(curvature, 2 / chord), chord) : Infinity;
  return { hypotheses, applies, distance, epsilon: applies ? lipschitz * distance + lossChange : Infinity };
}
