/** The parts of Gaussian clusters in `intrinsic` dimensions: where each class is, how its cloud is turned, and the scale of each axis. */
export interface GaussianClusters {
  readonly intrinsic: number;
  /** [classes, intrinsic] */
  readonly means: ArrayLike<number>;
  /** [classes, intrinsic, intrinsic], orthogonal. */
  readonly rotations: ArrayLike<number>;
  /** [intrinsic], shared by all classes. */
  readonly scale: ArrayLike<number>;
}

/** Samples mean + rotation * (scale * noise) of their class: `labels` [samples], `noise` [samples, intrinsic] -> float32 [samples, intrinsic]. */
export function gaussianLatent(
  { intrinsic: k, means, rotations, scale }: GaussianClusters,
  labels: ArrayLike<number>,
  noise: ArrayLike<number>,
): Float32Array {
  const out = new Float32Array(labels.length * k);
  const scaled = new Float64Array(k);
  for (let sample = 0; sample < labels.length; sample++) {
    const label = labels[sample]!;
    for (let j = 0; j < k; j++) scaled[j] = scale[j]! * noise[sample * k + j]!;
    for (let i = 0; i < k; i++) {
      let sum = means[label * k + i]!;
      const row = (label * k + i) * k;
      for (let j = 0; j < k; j++) sum += rotations[row + j]! * scaled[j]!;
      out[sample * k + i] = sum;
    }
  }
  return out;
}
