import type { Builder, Value } from '../hlo/index.js';
import { lowering } from './lowering.js';
import type { Lowering } from './lowering.js';

const abs = (b: Builder, z: Value): Value => {
  // Scaled by the larger part, so that squares neither overflow nor vanish.
  const [x, y] = [b.abs(b.real(z)), b.abs(b.imag(z))];
  const [large, small] = [b.maximum(x, y), b.minimum(x, y)];
  const ratio = b.divide(small, large);
  const scaled = b.multiply(large, b.sqrt(b.add(1, b.multiply(ratio, ratio))));
  return b.select(b.or(b.equal(large, 0), b.equal(large, Infinity)), large, scaled);
};

/** What compiled programs do with complex numbers; everything else that takes them runs on the host. */
export const complexKernels: Readonly<Record<string, Lowering>> = {
  Complex: lowering<'real' | 'imag'>((b, { real, imag }) => b.complex(real, imag)),
  Real: lowering<'input'>((b, { input }) => b.real(input)),
  Imag: lowering<'input'>((b, { input }) => b.imag(input)),
  ComplexAbs: lowering<'x'>((b, { x }) => abs(b, x)),
  FFT: lowering<'input'>((b, { input }) => b.fft(input, false)),
  IFFT: lowering<'input'>((b, { input }) => b.fft(input, true)),
};

/** Kernels that work on complex numbers without looking at them. */
const movingKernels = ['Identity', 'Reshape'];

/** Whether a kernel has complex numbers on the device, not only on the host. */
export const takesComplex = (kernel: string): boolean => kernel in complexKernels || movingKernels.includes(kernel);
