const { fround } = Math;

/** Mean and standard deviation of each channel, of levels in [0, 1]. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** What a level 0 to 255 of a channel becomes: (level / 255 - mean) / deviation, each step rounded to float32 as torchvision does. */
export function normalizedLevel({ mean, deviation }: Normalization, channel: number, level: number): number {
  return fround(fround(fround(level / 255) - fround(mean[channel]!)) / fround(deviation[channel]!));
}

/** What every level of every channel becomes, float32 [channels, 256]: see {@link normalizedLevel}. */
export const normalizedLevels = (normalization: Normalization): Float32Array =>
  Float32Array.from({ length: 256 * normalization.mean.length }, (_, i) => normalizedLevel(normalization, i >> 8, i & 255));
