const { fround } = Math;

// Each step rounded to float32, as torchvision's ToTensor and Normalize do.
const NORMALIZED = Float32Array.from({ length: 256 }, (_, level) => fround(fround(level / 255) - fround(0.1307)) / fround(0.3081));

/** The chosen images, float32 [rows, pixels]: each grey level x becomes (x / 255 - 0.1307) / 0.3081, in [-0.4243, 2.8215]. */
export function normalizeImages(images: Uint8Array, pixels: number, rows: Int32Array): Float32Array {
  const out = new Float32Array(rows.length * pixels);
  const table = NORMALIZED;
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * pixels;
    const to = i * pixels;
    for (let pixel = 0; pixel < pixels; pixel++) out[to + pixel] = table[images[from + pixel]!]!;
  }
  return out;
}
