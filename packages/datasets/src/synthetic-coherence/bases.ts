/**
 * The embeddings of the synthetic coherence experiment: two latent coordinates, repeated in `active` of `copies` blocks of two ambient ones, so that
 * the plane they span has coherence 1 / active (arXiv 2606.04754).
 */
import { demand } from '@basinlab/core';

/** Rows (1, 0) and (0, 1) over sqrt(active), `active` times, then zeros; float32 [2 copies, 2]. */
export function exactCopyBasis(copies: number, active: number): Float32Array {
  requireActive('exactCopyBasis', copies, active);
  const basis = new Float32Array(4 * copies);
  for (let copy = 0; copy < active; copy++) {
    basis[4 * copy] = 1 / Math.sqrt(active);
    basis[4 * copy + 3] = 1 / Math.sqrt(active);
  }
  return basis;
}

/** Places and turns of the blocks of a tight frame. */
export interface TightFrame {
  readonly copies: number;
  readonly active: number;
  /** A permutation of the ambient coordinates, [2 copies]. */
  readonly permutation: ArrayLike<number>;
  /** One angle per block in [0, pi), [copies]. */
  readonly angles: ArrayLike<number>;
  /** Whether a single active block is not turned. */
  readonly anchored?: boolean;
}

/** Blocks as in {@link exactCopyBasis}, each turned by its angle and put at permuted coordinates; float32 [2 copies, 2]. */
export function tightFrameBasis({ copies, active, permutation, angles, anchored = false }: TightFrame): Float32Array {
  requireActive('tightFrameBasis', copies, active);
  const basis = new Float32Array(4 * copies);
  const scale = 1 / Math.sqrt(active);
  for (let copy = 0; copy < active; copy++) {
    const angle = anchored && active === 1 ? 0 : angles[copy]!;
    const [cosine, sine] = [scale * Math.cos(angle), scale * Math.sin(angle)];
    basis.set([cosine, sine], 2 * permutation[2 * copy]!);
    basis.set([-sine, cosine], 2 * permutation[2 * copy + 1]!);
  }
  return basis;
}

/** What the networks learn: relu(z_0 + z_1) of latent samples [samples, 2]; float32 [samples]. */
export function coherenceTeacher(latent: ArrayLike<number>): Float32Array {
  return Float32Array.from({ length: latent.length / 2 }, (_, i) => Math.max(0, latent[2 * i]! + latent[2 * i + 1]!));
}

function requireActive(id: string, copies: number, active: number): void {
  demand(Number.isInteger(active) && active >= 1 && active <= copies, id, `1 to ${copies} active copies`, active);
}
