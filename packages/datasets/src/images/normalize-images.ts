import { demand } from '@basinlab/core';

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

/** The chosen images, float32 [rows, values], from bytes [images, values] whose channels are innermost: see {@link normalizedLevel}. */
export function normalizeImages(images: Uint8Array, values: number, rows: Int32Array, normalization: Normalization): Float32Array {
  const channels = normalization.mean.length;
  demand(values % channels === 0, 'normalizeImages', `a multiple of ${channels} values per image`, values);
  const table = Float32Array.from({ length: 256 * channels }, (_, i) => normalizedLevel(normalization, i >> 8, i & 255));
  const out = new Float32Array(rows.length * values);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * values;
    const to = i * values;
    if (channels === 1) {
      for (let at = 0; at < values; at++) out[to + at] = table[images[from + at]!]!;
    } else {
      for (let at = 0, channel = 0; at < values; at++, channel = channel + 1 === channels ? 0 : channel + 1) {
        out[to + at] = table[(channel << 8) | images[from + at]!]!;
      }
    }
  }
  return out;
}
