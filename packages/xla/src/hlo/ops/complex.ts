import { check, count, inDomain, sameTypes } from '../check.js';
import { defineOp, pointwise } from '../op.js';
import { showType } from '../types.js';

/** Complex numbers of real and imaginary parts, both float32. */
export const complex = defineOp({
  name: 'complex',
  infer: (inputs) => {
    count('complex', inputs, 2);
    sameTypes('complex', inputs);
    check(inputs[0]!.dtype === 'float32', 'complex', 'float32 parts', showType(inputs[0]!));
    return [{ shape: inputs[0]!.shape, dtype: 'complex64' }];
  },
  batch: pointwise,
});

const part = (name: 'real' | 'imag') =>
  defineOp({
    name,
    infer: ([z]) => {
      inDomain(name, z!.dtype, ['complex']);
      return [{ shape: z!.shape, dtype: 'float32' }];
    },
    batch: pointwise,
  });

/** Discrete Fourier transforms of the last axis: of complex numbers and back, where the way back divides by the length. */
export const fft = defineOp<{ inverse: boolean }>({
  name: 'fft',
  infer: ([z]) => {
    inDomain('fft', z!.dtype, ['complex']);
    check(z!.shape.length > 0, 'fft', 'at least one axis', showType(z!));
    return [z!];
  },
  text: ({ inverse }, [z]) => `fft_type = #stablehlo<fft_type ${inverse ? 'IFFT' : 'FFT'}>, fft_length = array<i64: ${z!.shape.at(-1)!}>`,
  batch: pointwise,
});

export const complexOps = { complex, real: part('real'), imag: part('imag'), fft };
