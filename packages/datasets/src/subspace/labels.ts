/** How many coordinates of each latent sample [samples, intrinsic] are negative, modulo `base`; int32 [samples]. */
export function parityLabels(latent: ArrayLike<number>, intrinsic: number, base: number): Int32Array {
  return Int32Array.from({ length: latent.length / intrinsic }, (_, sample) => {
    let negative = 0;
    for (let j = 0; j < intrinsic; j++) if (latent[sample * intrinsic + j]! < 0) negative++;
    return negative % base;
  });
}

/** For each latent coordinate whether it is positive: 0 or 1, float32 of the same length. */
export const signLabels = (latent: ArrayLike<number>): Float32Array => Float32Array.from(latent, (value) => (value > 0 ? 1 : 0));
